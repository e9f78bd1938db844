import IPAM

/// The roots of a namespace: the Prefixes that are Allocated and have no parent. They may overlap,
/// for an address in two roots is two addresses.
struct Roots: Sendable {
    /// In numeric order of the blocks, the larger one first, and of equal blocks by name: those
    /// that contain a root stand before it, those inside behind it.
    struct Root: Sendable, Hashable, Comparable {
        let block: IPPrefix
        let name: String

        static func < (left: Root, right: Root) -> Bool {
            left.block == right.block ? left.name < right.name : left.block < right.block
        }
    }

    private(set) var all = SortedSet<Root>()
    /// How many roots there are of each prefix length.
    private var counts = SortedMap<UInt8, Int>()

    func contains(_ root: Root) -> Bool { all.contains(root) }

    mutating func insert(_ root: Root) {
        guard !all.contains(root) else { return }
        all.insert(root)
        counts[root.block.length] = (counts[root.block.length] ?? 0) + 1
    }

    mutating func remove(_ root: Root) {
        guard all.contains(root) else { return }
        all[root] = nil
        let left = (counts[root.block.length] ?? 1) - 1
        counts[root.block.length] = left == 0 ? nil : left
    }

    /// The roots in which a block lies, the largest first; without a look at any other.
    func containing(_ block: IPPrefix) -> [Root] {
        var roots: [Root] = []
        counts.visit { length, _ in
            guard length <= block.length else { return false }
            let around = IPPrefix(containing: block.firstAddress, length: length)
            // No root has the empty name, so this is before all of that block.
            all.visit(after: Root(block: around, name: "")) { root, _ in
                if root.block == around { roots.append(root) }
                return root.block == around
            }
            return true
        }
        return roots
    }

    /// Some roots that overlap one: those that contain it, the smallest of them, and after these
    /// those inside it; in numeric order.
    func overlapping(_ root: Root, most: Int) -> [Root] {
        var roots = Array(containing(root.block).filter { $0 < root }.suffix(most))
        all.visit(after: root) { other, _ in
            guard roots.count < most, root.block.contains(other.block) else { return false }
            roots.append(other)
            return true
        }
        return roots
    }
}
