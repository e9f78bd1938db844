import ArgumentParser
import Glibc

/// `ipamtrial attack`: one attacking process. The trial starts it, as another user.
struct AttackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "attack", shouldDisplay: false)

    @Argument var name: String
    @Option var socket: String
    @Option var seconds: Double
    @Option var user: UInt32
    @Option var group: UInt32
    @Option var connections: Int
    @Flag var light = false
    @Option var incarnation: UInt64
    @Option var niceness: Int32
    @Option var seed: UInt64

    /// It ends with its time, and soon after that in any case.
    private static let graceSeconds: UInt32 = 10
    private static let descriptorsMax: rlim_t = 4096

    func run() throws {
        guard var attack = Attack.named(name) else {
            throw ValidationError("\(name) is no attack.")
        }
        if light { attack = attack.light }
        alarm(UInt32(seconds) + Self.graceSeconds)
        var limit = rlimit(rlim_cur: Self.descriptorsMax, rlim_max: Self.descriptorsMax)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try Surroundings.become(user: user, group: group, niceness: niceness)
        var attacker = Attacker(
            attack, socket: socket, uid: user, count: connections, incarnation: incarnation,
            seed: seed)
        attacker.run(until: Clock.now + UInt64(seconds * 1e9))
        print(attacker.tally.line)
    }
}

/// `ipamtrial behave`: the good client, an agent like any other. It asks and releases, one at a
/// time, until it is told to end, and then says how long each took.
struct BehaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "behave", shouldDisplay: false)

    @Option var socket: String
    @Option var user: UInt32
    @Option var group: UInt32
    /// It ends then in any case.
    @Option var seconds: UInt32

    func run() throws {
        alarm(seconds)
        try Surroundings.become(user: user, group: group, niceness: 0)
        var client = GoodClient(socket: socket)
        client.run()
    }
}
