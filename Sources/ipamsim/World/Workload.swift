import IPAM
import IPAMWire

/// What a simulated run asks, in order.
enum Workload {
    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

    indirect enum Step: Sendable {
        /// One of the clients asks, and the daemon decides.
        case ask(Int, Request)
        /// Everything so far becomes durable, and is answered.
        case commit
        /// Nobody asks for a moment: the seal, and what is still to be prepared.
        case quiet
        case checkpoint
        /// The steps are taken between the calls that the first one makes to the disk; during a
        /// commit clients may ask, during a checkpoint there may be commits too.
        case meanwhile(Step, [Step])
        /// From here on the disk has room for so many bytes; nothing takes the bound away.
        case roomBytes(Int?)
        /// The daemon stops in order and starts again.
        case restart
        /// The process ends at once, and the system goes on; the daemon starts again.
        case kill
        /// The power goes, or only the process, in that call to the disk, counted from here; as
        /// the first step of a life, from the beginning of the start.
        case crash(afterCalls: Int, isKill: Bool)
    }

    /// A client asks; the first one is the administrator.
    static func ask(_ command: Command, by client: Int = 0) -> Step {
        .ask(client, .command(command))
    }

    /// One of everything: the scenario that is cut off after every call.
    static let fixed: [Step] = [
        ask(root("root", "10.0.0.0/24")), .commit,
        ask(request("a", 26)), ask(request("b", 26)), .commit,
        ask(child("child", 27)), .commit,
        ask(note("10.0.0.0/24", "1")), .commit, .quiet,
        ask(note("10.0.0.0/24", "2")), ask(note("10.0.0.0/24", "3")), .commit,
        .checkpoint,
        ask(.release(.init(names: ["a"]))),
        .meanwhile(.commit, [ask(request("c", 28)), ask(request("d", 25))]), .commit,
        ask(claim("waits", 25)), .commit,
        .meanwhile(
            .checkpoint,
            [
                ask(.release(.init(names: ["b"]))), .commit, ask(request("f", 30)), .commit,
                .quiet,
            ]),
        ask(.release(.init(names: ["c"]))), .commit,
        ask(.delete(.init(keys: [key(.prefix, "child")]))), .commit,
        .restart,
        ask(request("e", 29)), .commit, .kill,
        ask(request("g", 29)), .commit,
    ]

    static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    static func root(_ name: String, _ prefix: String) -> Command {
        let labels: Labels = ["tier": "public"]
        let manifest = Manifest(key: key(.prefix, name), labels: labels, prefix: prefix)
        return .apply(.init(manifests: [manifest]))
    }

    /// A long annotation of the root, nearly the longest that a small segment takes: one fills a
    /// block, so that batches span blocks and segments are soon full.
    static func note(_ prefix: String, _ digit: String) -> Command {
        let manifest = Manifest(
            key: key(.prefix, "root"),
            annotations: ["note": String(repeating: digit, count: 3700)], prefix: prefix)
        return .apply(.init(manifests: [manifest]))
    }

    static func child(_ name: String, _ length: Int64) -> Command {
        let manifest = Manifest(
            key: key(.prefix, name), ipFamily: "IPv4", prefixLength: length, parent: "root")
        return .apply(.init(manifests: [manifest]))
    }

    static func claim(_ name: String, _ length: Int64) -> Command {
        let manifest = Manifest(
            key: key(.prefixAllocation, name), ipFamily: "IPv4", prefixLength: length,
            parent: "root")
        return .apply(.init(manifests: [manifest]))
    }

    static func request(_ name: String, _ length: UInt8) -> Command {
        .request(.init(name: name, prefixLength: length, parent: "root"))
    }
}

extension Workload {
    /// Limits a namespace to as many users; 0 opens it. It is none in which anybody asks.
    static func limit(_ namespace: String, to count: Int) -> Command {
        let users = (0..<UInt32(count)).map { $0 }
        let access = users.isEmpty ? nil : NamespaceAccess(users: users)
        return .access(.init(namespace: namespace, access: access))
    }
}

// MARK: - Random workloads

extension Workload {
    static let clientCount = 4

    /// A random run of several clients over few names, so that much is in the way of much.
    static func random(_ choices: inout Choices, steps: Int) -> [Step] {
        var workload = [ask(root("root", "10.0.0.0/22")), .commit]
        while workload.count < steps {
            switch choices.choose(20) {
            case 0...9: workload.append(randomAsk(&choices))
            case 10...14: workload.append(.commit)
            case 15: workload.append(.quiet)
            case 16:
                let asks = (0...choices.choose(3)).map { _ in randomAsk(&choices) }
                workload += [randomAsk(&choices), .meanwhile(.commit, asks)]
            case 17:
                var meanwhile: [Step] = []
                for _ in 0..<choices.choose(8) {
                    meanwhile += [randomAsk(&choices), .commit]
                    if choices.choose(4) == 0 { meanwhile.append(.quiet) }
                }
                workload.append(.meanwhile(.checkpoint, meanwhile))
            case 18: workload.append(choices.choose(3) == 0 ? .restart : .kill)
            default: workload.append(.commit)
            }
        }
        return workload + [.commit]
    }

    private static func randomAsk(_ choices: inout Choices) -> Step {
        let client = choices.choose(clientCount)
        if client == 0 { return ask(randomCommandOfAdministrator(&choices)) }
        func name() -> String { "c\(client)-\(choices.choose(5))" }
        func randomRequest() -> Command.Request {
            Command.Request(
                name: name(), prefixLength: 24 + UInt8(choices.choose(8)), parent: "root")
        }
        switch choices.choose(10) {
        case 0...3: return .ask(client, .command(.request(randomRequest())))
        case 4...6: return .ask(client, .command(.release(.init(names: [name()]))))
        case 7:
            var request = randomRequest()
            request.waitMilliseconds = 1000
            return .ask(client, .command(.request(request)))
        case 8:
            let first = choices.choose(5)
            var request = randomRequest()
            request.name = "c\(client)-\((first + 1) % 5)"
            let parts: [Command.Batch.Part] = [
                .release(.init(names: ["c\(client)-\(first)"], ignoresMissing: true)),
                .request(request),
            ]
            return .ask(client, .command(.batch(.init(parts: parts))))
        default: return .ask(client, .query(.list(.init(kind: .prefixAllocation))))
        }
    }

    private static func randomCommandOfAdministrator(_ choices: inout Choices) -> Command {
        switch choices.choose(9) {
        case 0, 1: child("p\(choices.choose(3))", 26)
        case 2: .delete(.init(keys: [key(.prefix, "p\(choices.choose(3))")]))
        case 3: claim("w\(choices.choose(3))", 25)
        case 4: .delete(.init(keys: [key(.prefixAllocation, "w\(choices.choose(3))")]))
        case 5: note("10.0.0.0/22", "\(choices.choose(9))")
        case 6: limit("tenant-\(choices.choose(3))", to: choices.choose(3))
        default: request("a\(choices.choose(4))", 24 + UInt8(choices.choose(8)))
        }
    }
}
