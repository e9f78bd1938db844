import IPAM
import IPAMEngine
import Seeded

/// A state with one root and many allocations of mixed sizes, each with owner, name and labels.
struct EngineCrowd {
    /// How what is taken lies in the root.
    enum Shape: CaseIterable, CustomStringConvertible {
        /// Block beside block, as requests by length get them.
        case dense
        /// Every second place is empty, and no place with something in it is full.
        case fragmented

        var description: String {
            switch self {
            case .dense: "dense"
            case .fragmented: "fragmented"
            }
        }
    }

    private(set) var state = State(incarnation: 1)
    private var count = 0
    private var random = SeededGenerator(seed: 7)
    private let family: IPFamily
    private let shape: Shape
    private static let caller = Caller(uid: 1000, gid: 1000, pid: 1, role: .agent)
    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
    static let now = Instant(milliseconds: 1_800_000_000_000)

    init(_ family: IPFamily, _ shape: Shape) throws(BenchError) {
        self.family = family
        self.shape = shape
        let key = ResourceKey(kind: .prefix, namespace: "default", name: "root")
        let root = Manifest(
            key: key, ipFamily: family.description, prefix: Self.root(family).description)
        _ = try state.run(.apply(Command.Apply(manifests: [root])), by: Self.administrator)
    }

    static func root(_ family: IPFamily) -> IPPrefix {
        switch family {
        case .ipv4: IPPrefix(containing: IPAddress(number: 0, family: .ipv4), length: 1)
        case .ipv6:
            IPPrefix(
                containing: IPAddress(number: 0x2001_0db8 << 96, family: .ipv6), length: 32)
        }
    }

    /// The lengths that are asked for: seven of them, from the largest block on.
    private var lengthFirst: UInt8 {
        switch family {
        case .ipv4: 26
        case .ipv6: 58
        }
    }

    mutating func grow(to total: Int) throws(BenchError) {
        while count < total {
            _ = try state.run(.request(request(count, at: shape)), by: Self.caller)
            count += 1
        }
    }

    private func request(_ index: Int, at shape: Shape) -> Command.Request {
        let length = lengthFirst + UInt8(index % 7)
        var request = Command.Request(
            name: Filler.name(index), family: family, parent: "root", labels: Filler.labels)
        switch shape {
        case .dense: request.prefixLength = length
        case .fragmented:
            let place = UInt128(index * 2) << UInt128(family.addressBits - lengthFirst)
            let address = IPAddress(
                number: Self.root(family).number + place, family: family)
            request.prefix = IPPrefix(containing: address, length: length)
        }
        return request
    }

    /// Releases allocations here and there and requests them again in other sizes. Returns what a
    /// command took on average; nothing is built while the clock runs.
    mutating func nanosecondsPerCommand(pairs: Int) throws(BenchError) -> Double {
        var commands: [Command] = []
        for _ in 0..<pairs {
            let index = Int.random(in: 0..<count, using: &random)
            var again = request(index, at: .dense)
            again.prefixLength = lengthFirst + UInt8.random(in: 0...6, using: &random)
            commands.append(.release(Command.Release(names: [again.name])))
            commands.append(.request(again))
        }
        let start = Clock.now
        for command in commands { _ = try state.run(command, by: Self.caller) }
        let time = Clock.now - start
        guard state.counts.allocations == count else {
            throw .wrong("\(state.counts.allocations) allocations instead of \(count)")
        }
        return Double(time) / Double(commands.count)
    }
}

extension State {
    /// Decides and applies a command that has to succeed.
    mutating func run(_ command: Command, by caller: Caller) throws(BenchError) -> Decision {
        do throws(Refusal) {
            return try execute(command, by: caller, at: EngineCrowd.now)
        } catch {
            throw .wrong("the engine refuses: \(error)")
        }
    }
}
