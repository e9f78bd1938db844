internal import IPAM

/// Who has an address: a chain of objects for each root that contains it, from the root down.
struct Ownership {
    private(set) var chains: [[Resource]] = []

    /// The chains behind each other; a Prefix without a parent begins a new one. The allocation
    /// that a Prefix controls stands for that Prefix and is not shown beside it.
    init(_ resources: [Resource]) {
        for resource in resources where resource.controller == nil {
            if resource.placement?.parent == nil || chains.isEmpty {
                chains.append([resource])
            } else {
                chains[chains.count - 1].append(resource)
            }
        }
    }

    /// Of each chain the last: whose it is.
    var holders: [Resource] { chains.compactMap(\.last) }

    /// A line for each object, indented below its parent.
    func text(now: Instant) -> String {
        chains.map { chain in
            let lines = chain.enumerated().map { depth, resource in
                let indent = String(repeating: "  ", count: depth + 1)
                let block = resource.placement?.block.description ?? resource.spec.requestText
                let age = resource.phaseSince.age(at: now)
                return "\(indent)\(resource.key)  \(block)  owner uid \(resource.owner)  "
                    + "since \(resource.phaseSince) (\(age))\n"
            }
            return "namespace \(chain[0].key.namespace)\n" + lines.joined()
        }.joined()
    }
}
