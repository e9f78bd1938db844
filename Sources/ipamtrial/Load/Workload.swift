import IPAM
import Seeded
import Synchronization

/// What all clients know together: the requests that somebody made lately. So they ask for, look
/// at, and release what is each other's.
final class Board: Sendable {
    private static let requestsMax = 48

    private let recent = Mutex<[Command.Request]>([])

    func add(_ request: Command.Request) {
        recent.withLock { requests in
            requests.append(request)
            if requests.count > Self.requestsMax { requests.removeFirst() }
        }
    }

    /// Takes off what is not there any more, so that most of what is looked for is found.
    func remove(_ names: [String]) {
        recent.withLock { requests in requests.removeAll { names.contains($0.name) } }
    }

    func some(_ generator: inout SeededGenerator) -> Command.Request? {
        recent.withLock { generator.pick($0) }
    }
}

/// What one client asks, drawn from its seed and from what it was told.
struct Workload {
    private let client: Int
    private let board: Board
    private var generator: SeededGenerator
    private var count = 0
    /// Blocks that it was given, newest last.
    private var blocks: [IPPrefix] = []

    /// Whether there was no room when it asked last.
    private var isCrowded = false

    private static let blocksMax = 16

    init(client: Int, seed: UInt64, board: Board) {
        self.client = client
        self.board = board
        generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(client))
    }

    mutating func next() -> Ask {
        let known = board.some(&generator)
        if let known, isCrowded, generator.chance(70) {
            isCrowded = false
            return end(known)
        }
        switch (Int.random(in: 0..<100, using: &generator), known) {
        case (..<33, _), (_, nil): return .command(.request(fresh()))
        case (..<43, let known?): return .command(.request(known))
        case (..<70, let known?): return end(known)
        case (..<75, _): return .command(.release(byBlock()))
        case (..<83, let known?): return .command(.batch(batch(known)))
        case (..<94, let known?):
            return .list(
                Query.List(kind: known.kind, namespace: Roots.namespace, names: [known.name]))
        case (_, let known?):
            return .list(Query.List(kind: known.kind, namespace: Roots.namespace))
        }
    }

    /// Takes note of what the client was told. What is there, or may be, is told to all.
    mutating func note(_ ask: Ask, _ outcome: Outcome) {
        switch outcome {
        case .refused(.notFound, _): return board.remove(ask.names)
        case .refused(.noRoom, _), .refused(.quotaReached, _):
            isCrowded = true
            return
        case .refused, .nothingChanged: return
        case .unknown: break
        case .answered(let reply):
            if Said(reply.answer)?.isChange != true { return }
            note(reply.answer)
        }
        guard case .command(let command) = ask else { return }
        switch command {
        case .request(let request): board.add(request)
        case .batch(let batch):
            for part in batch.parts {
                if case .request(let request) = part { board.add(request) }
            }
        case .apply, .release, .delete, .reconcile, .access: break
        }
    }

    private mutating func note(_ answer: Answer) {
        guard case .allocated(let allocated) = answer,
            let block = allocated.resource.placement?.block
        else { return }
        blocks.append(block)
        if blocks.count > Self.blocksMax { blocks.removeFirst() }
    }

    private mutating func fresh(isPart: Bool = false) -> Command.Request {
        count += 1
        var request = Command.Request(namespace: Roots.namespace, name: "c\(client)-\(count)")
        size(&request)
        source(&request)
        if generator.chance(15) { request.parentStrategy = .emptiest }
        if generator.chance(10) { request.labels = ["client": "\(client)"] }
        if generator.chance(8), request.prefix == nil { request.asPrefix = true }
        // Short against the changes of that time: long waits keep space for themselves, which is
        // another matter (see `Reference`).
        if !isPart, generator.chance(25) {
            request.waitMilliseconds = UInt32.random(in: 1...40, using: &generator)
        }
        return request
    }

    private mutating func size(_ request: inout Command.Request) {
        let isSix = generator.chance(20)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: request.prefix = Roots.someBlock(&generator)
        case 1:
            request.addresses = UInt128(Int.random(in: 1...16, using: &generator))
            if isSix { request.family = .ipv6 }
        case 2 where !isSix: break
        default:
            let least = generator.chance(30) ? 2 : 0
            let bits = UInt8(Int.random(in: least...4, using: &generator))
            request.prefixLength = (isSix ? 128 : 32) - bits
            if isSix { request.family = .ipv6 }
        }
    }

    private mutating func source(_ request: inout Command.Request) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
            request.selector = Selector(matchLabels: ["tier": generator.chance(60) ? "a" : "b"])
        case 5..<8: request.parent = generator.pick(Roots.names)
        case 8: request.anyParent = true
        default:
            let known = board.some(&generator)
            if let known, known.asPrefix {
                request.parent = known.name
            } else {
                request.parent = generator.pick(Roots.names)
            }
        }
    }

    /// By its name; a child Prefix is deleted, and now and then released by mistake.
    private mutating func end(_ known: Command.Request) -> Ask {
        if known.asPrefix, !generator.chance(10) {
            return .command(.delete(Command.Delete(keys: [known.key])))
        }
        return .command(
            .release(Command.Release(namespace: Roots.namespace, names: [known.name])))
    }

    private mutating func byBlock() -> Command.Release {
        let block = generator.chance(80) ? generator.pick(blocks) : nil
        return Command.Release(
            namespace: Roots.namespace, blocks: [block ?? Roots.someBlock(&generator)])
    }

    /// A pair of two families, one for another, or several at once.
    private mutating func batch(_ known: Command.Request) -> Command.Batch {
        var parts: [Command.Batch.Part] = []
        if generator.chance(70) {
            parts.append(
                .release(
                    Command.Release(
                        namespace: Roots.namespace, names: [known.name],
                        ignoresMissing: generator.chance(60))))
        }
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            parts.append(.request(fresh(isPart: true)))
        }
        return Command.Batch(parts: parts)
    }
}

extension Ask {
    /// The names of what it ends or looks at.
    fileprivate var names: [String] {
        switch self {
        case .list(let list): list.names
        case .command(.release(let release)): release.names
        case .command(.delete(let delete)): delete.keys.map(\.name)
        case .command(.apply), .command(.request), .command(.batch), .command(.reconcile),
            .command(.access):
            []
        }
    }
}

extension Command.Request {
    var kind: ResourceKind { asPrefix ? .prefix : .prefixAllocation }

    var key: ResourceKey { ResourceKey(kind: kind, namespace: namespace, name: name) }
}
