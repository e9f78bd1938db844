import IPAM

/// What the checker knows of an object: all that a client can rely on, but for times, and of the
/// uid only the change that made it.
struct Thing: Sendable, Hashable {
    let key: ResourceKey
    let owner: UInt32
    let labels: Labels
    let spec: Spec
    /// Nothing if it has no space.
    let block: IPPrefix?
    let parent: String?
    let madeAt: UInt64
    let version: UInt64
    let controller: String?
}

extension Thing {
    init(_ resource: Resource) {
        self.init(
            key: resource.key, owner: resource.owner, labels: resource.labels, spec: resource.spec,
            block: resource.placement?.block, parent: resource.placement?.parent,
            madeAt: resource.uid.age >> 16, version: resource.version,
            controller: resource.controller)
    }
}

extension Thing: CustomStringConvertible {
    var description: String {
        let place = block.map { "\($0) of \(parent ?? "nothing")" } ?? "without space"
        return "\(key) \(place) made at \(madeAt), version \(version), asked as \(spec.text)"
    }
}

extension Spec {
    var text: String {
        let size = prefix.map(\.description) ?? prefixLength.map { "/\($0)" } ?? "nothing"
        let source = [parent, selector.map { "[\($0.matchLabels)]" }].compactMap { $0 }
        return "\(size) from \(source.joined(separator: " and ")), \(parentStrategy)"
    }
}

/// What an answer says, in the words of the checker.
enum Said: Sendable, Hashable {
    case applied(unchanged: Bool)
    case allocated(Thing, isCreated: Bool)
    case released([Freed])
    case deleted([ResourceKey])
    case batch([Said])
    case listed([Thing])
    case refused(RefusalCode, part: Int?)

    struct Freed: Sendable, Hashable {
        let name: String
        let block: IPPrefix?
    }

    var isChange: Bool {
        switch self {
        case .applied(let unchanged): !unchanged
        case .allocated(_, let isCreated): isCreated
        case .released(let items): !items.isEmpty
        case .deleted(let keys): !keys.isEmpty
        case .batch(let parts): parts.contains(where: \.isChange)
        case .listed, .refused: false
        }
    }
}

extension Said {
    /// Nothing for answers to questions that no trial asks.
    init?(_ answer: Answer) {
        switch answer {
        case .applied(let applied):
            self = .applied(unchanged: applied.items.allSatisfy { $0.outcome == .unchanged })
        case .allocated(let allocated): self = .init(allocated)
        case .released(let released): self = .init(released)
        case .deleted(let deleted): self = .deleted(deleted.keys.sorted())
        case .batch(let batch):
            self = .batch(
                batch.parts.map { part in
                    switch part {
                    case .allocated(let allocated): Said(allocated)
                    case .released(let released): Said(released)
                    }
                })
        case .listed(let listed): self = .listed(listed.items.map { Thing($0.resource) })
        case .used, .checked, .status, .explained, .usage, .found, .reconciled, .backup,
            .accessed, .namespaces, .metrics:
            return nil
        }
    }

    private init(_ allocated: Answer.Allocated) {
        self = .allocated(Thing(allocated.resource), isCreated: allocated.isCreated)
    }

    private init(_ released: Answer.Released) {
        self = .released(released.items.map { Freed(name: $0.name, block: $0.block) })
    }
}
