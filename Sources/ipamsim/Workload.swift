import IPAM

/// What a simulated run asks, in order.
enum Workload {
    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

    enum Step: Sendable {
        case command(Command)
        /// Everything so far becomes durable, and is acknowledged.
        case commit
        case checkpoint
        /// The daemon stops in order and starts again.
        case restart
    }

    /// One of everything: the scenario that is cut off after every call.
    static let fixed: [Step] = [
        .command(root("root", "10.0.0.0/24")), .commit,
        .command(request("a", 26)), .command(request("b", 26)), .commit,
        .command(child("child", 27)), .commit,
        .command(note("10.0.0.0/24", "1")), .commit,
        .command(note("10.0.0.0/24", "2")), .command(note("10.0.0.0/24", "3")), .commit,
        .checkpoint,
        .command(.release(.init(names: ["a"]))), .commit,
        .command(request("c", 28)), .command(request("d", 25)), .commit,
        .command(claim("waits", 25)), .commit,
        .checkpoint,
        .command(.release(.init(names: ["b"]))), .command(.release(.init(names: ["c"]))), .commit,
        .command(.delete(.init(keys: [key(.prefix, "child")]))), .commit,
        .restart,
        .command(request("e", 29)), .commit,
    ]

    /// A random run over few names, so that much is in the way of much.
    static func random(_ generator: inout SeededGenerator, steps: Int) -> [Step] {
        var workload: [Step] = [.command(root("root", "10.0.0.0/22")), .commit]
        for _ in 0..<steps {
            let name = "n\(generator.next() % 12)"
            switch generator.next() % 12 {
            case 0...3: workload.append(.command(request(name, 24 + UInt8(generator.next() % 8))))
            case 4, 5: workload.append(.command(.release(.init(names: [name]))))
            case 6: workload.append(.command(child("p\(generator.next() % 3)", 26)))
            case 7:
                let doomed = key(.prefix, "p\(generator.next() % 3)")
                workload.append(.command(.delete(.init(keys: [doomed]))))
            case 8: workload.append(.command(claim("w\(generator.next() % 3)", 25)))
            case 9 where generator.next() % 2 == 0:
                workload.append(.command(note("10.0.0.0/22", "\(generator.next() % 9)")))
            case 9: workload.append(generator.next() % 4 == 0 ? .restart : .checkpoint)
            default: workload.append(.commit)
            }
        }
        return workload + [.commit]
    }

    static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    static func root(_ name: String, _ prefix: String) -> Command {
        let labels: Labels = ["tier": "public"]
        let manifest = Manifest(key: key(.prefix, name), labels: labels, prefix: prefix)
        return .apply(.init(manifests: [manifest]))
    }

    /// A long annotation of the root, so that batches span blocks and segments are soon full.
    static func note(_ prefix: String, _ digit: String) -> Command {
        let manifest = Manifest(
            key: key(.prefix, "root"),
            annotations: ["note": String(repeating: digit, count: 5000)], prefix: prefix)
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
