/// A set of addresses, kept as the fewest prefixes that cover it: in numeric order, none inside
/// another, no two halves of one block side by side. Equal sets have equal prefixes.
public struct IPPrefixSet: Sendable, Hashable {
    public private(set) var prefixes: [IPPrefix]

    /// The addresses of all those prefixes, which may overlap and come in any order.
    public init(_ prefixes: some Sequence<IPPrefix> = []) {
        self.prefixes = []
        for prefix in prefixes.sorted() {
            if let last = self.prefixes.last, last.contains(prefix) { continue }
            self.prefixes.append(prefix)
            joinHalves()
        }
    }

    /// Joins the last two prefixes as long as they are the halves of one block.
    private mutating func joinHalves() {
        while prefixes.count > 1 {
            let (left, right) = (prefixes[prefixes.count - 2], prefixes[prefixes.count - 1])
            guard left.length == right.length, left.length > 0, left.family == right.family,
                left.sibling == right
            else { return }
            prefixes.removeLast(2)
            prefixes.append(IPPrefix(containing: left.firstAddress, length: left.length - 1))
        }
    }

    public var isEmpty: Bool { prefixes.isEmpty }

    /// Whether every address of the block is in the set.
    public func contains(_ block: IPPrefix) -> Bool {
        let index = firstIndex(behind: block)
        return index > 0 && prefixes[index - 1].contains(block)
    }

    /// Whether some address of the block is in the set.
    public func overlaps(_ block: IPPrefix) -> Bool {
        if contains(block) { return true }
        let index = firstIndex(behind: block)
        return index < prefixes.count && block.contains(prefixes[index])
    }

    /// The addresses of both sets.
    public func union(_ other: IPPrefixSet) -> IPPrefixSet {
        other.isEmpty ? self : isEmpty ? other : IPPrefixSet(prefixes + other.prefixes)
    }

    /// What of the set lies in a block.
    public func clipped(to block: IPPrefix) -> IPPrefixSet {
        contains(block) ? IPPrefixSet([block]) : IPPrefixSet(prefixes.filter(block.contains))
    }

    /// The position of the first prefix that stands behind a block in numeric order.
    private func firstIndex(behind block: IPPrefix) -> Int {
        prefixes.countOfFirst { $0 <= block }
    }
}

/// Why a text names no addresses.
public enum IPRangeError: Error, Hashable, Sendable {
    case noAddress(IPAddressError)
    case noPrefix(IPPrefixError)
    /// The second address is before the first, or of the other family.
    case reversed(IPAddress, IPAddress)
}

extension IPRangeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noAddress(let error): error.description
        case .noPrefix(let error): error.description
        case .reversed(let first, let last):
            "\(first)-\(last) is no range: write FIRST-LAST, both of one family"
        }
    }
}

extension IPPrefixSet {
    /// Reads a prefix `10.0.0.0/28`, a range `10.0.0.1-10.0.0.20` (both ends are in it), or an
    /// address.
    public init(_ text: String) throws(IPRangeError) {
        if text.utf8.contains(UInt8(ascii: "/")) {
            do throws(IPPrefixError) {
                self.init([try IPPrefix(text)])
            } catch {
                throw .noPrefix(error)
            }
            return
        }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first: IPAddress
        let last: IPAddress
        do throws(IPAddressError) {
            first = try IPAddress(String(parts[0]))
            last = parts.count == 2 ? try IPAddress(String(parts[1])) : first
        } catch {
            throw .noAddress(error)
        }
        guard first.family == last.family, first <= last else { throw .reversed(first, last) }
        self.init(first: first, last: last)
    }

    /// The addresses from `first` to `last`, cut from the left into the largest prefixes that
    /// begin where the one before ended.
    ///
    /// - Precondition: both are of one family, `first` is not above `last`.
    public init(first: IPAddress, last: IPAddress) {
        precondition(first.family == last.family && first <= last, "A range has two ends.")
        let bits = Int(first.family.addressBits)
        prefixes = []
        var number = first.number
        while true {
            let left = last.number - number
            let hostBits = left == .max ? 128 : 127 - (left + 1).leadingZeroBitCount
            let length = bits - min(hostBits, number.trailingZeroBitCount, bits)
            let address = IPAddress(number: number, family: first.family)
            let block = IPPrefix(containing: address, length: UInt8(length))
            prefixes.append(block)
            guard block.lastAddress.number < last.number else { return }
            number = block.lastAddress.number + 1
        }
    }
}
