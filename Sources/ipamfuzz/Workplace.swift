internal import IPAM
internal import IPAMEngine

/// A state in which commands find something: roots of both families, one with a policy, a child,
/// allocations of two users, and one who waits.
enum Workplace {
    static let user: UInt32 = 1000
    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
    static let now = Instant(milliseconds: 1_700_000_000_000)

    static let state: State = {
        var state = State(incarnation: 7)
        for (command, caller) in commands {
            do throws(Refusal) {
                _ = try state.execute(command, by: caller, at: now)
            } catch {
                preconditionFailure("The workplace is sound: \(error)")
            }
        }
        return state
    }()

    static func caller(_ role: Caller.Role) -> Caller {
        Caller(uid: user, gid: user, pid: 1, role: role)
    }

    /// Also what the seeds of the state directories do.
    static var commands: [(Command, Caller)] {
        [
            (.apply(.init(manifests: roots)), administrator),
            (.apply(.init(manifests: [child("net", 26), claim("waits", 24)])), administrator),
            (.request(.init(name: "web-1", prefixLength: 28, parent: "root")), caller(.agent)),
            (.request(.init(name: "web-2", prefixLength: 28, anyParent: true)), administrator),
            (
                .request(.init(name: "web-6", family: .ipv6, prefixLength: 64, parent: "six")),
                caller(.agent)
            ),
            (.request(.init(name: "host", prefixLength: 32, parent: "link")), caller(.agent)),
        ]
    }

    /// What changes and ends some of it.
    static var laterCommands: [(Command, Caller)] {
        var wider = Manifest(key: key(.prefix, "root"), prefix: "10.0.0.0/24")
        wider.annotations = ["note": "changed"]
        wider.policy = Manifest.Policy()
        wider.policy?.excluded = ["10.0.0.128/25"]
        return [
            (.release(.init(names: ["web-1"])), caller(.agent)),
            (.request(.init(name: "web-3", prefixLength: 29, parent: "root")), caller(.agent)),
            (.apply(.init(manifests: [wider])), administrator),
            (.delete(.init(keys: [key(.prefix, "net")])), administrator),
            (.release(.init(names: ["host"])), caller(.agent)),
        ]
    }

    static let queries: [Query] = [
        .list(.init(kind: .prefix)), .list(.init(kind: .prefixAllocation)),
        .used(.init(namespace: "default", name: "root")), .check, .usage(.init()),
        .explain(.init(request: .init(name: "x", prefixLength: 28, anyParent: true))),
        .who(.init(prefix: IPPrefix(containing: IPAddress(number: 0, family: .ipv4), length: 0))),
    ]

    private static var roots: [Manifest] {
        let tier: Labels = ["tier": "public"]
        var policy = Manifest.Policy()
        policy.strategy = "Sparse"
        policy.reserved = ["192.0.2.2-192.0.2.3"]
        policy.excludeNetworkAndBroadcast = true
        policy.quotaPerOwner = "4"
        return [
            Manifest(key: key(.prefix, "root"), labels: tier, prefix: "10.0.0.0/24"),
            Manifest(key: key(.prefix, "six"), labels: tier, prefix: "2001:db8::/56"),
            Manifest(
                key: key(.prefix, "link"), annotations: ["note": "a link"], prefix: "192.0.2.0/29",
                policy: policy),
        ]
    }

    private static func child(_ name: String, _ length: Int64) -> Manifest {
        let tier = Selector(matchLabels: ["tier": "public"])
        return Manifest(
            key: key(.prefix, name), ipFamily: "IPv4", prefixLength: length, selector: tier)
    }

    private static func claim(_ name: String, _ length: Int64) -> Manifest {
        Manifest(
            key: key(.prefixAllocation, name), ipFamily: "IPv4", prefixLength: length,
            selector: Selector(matchLabels: ["tier": "none"]))
    }

    static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }
}

extension State {
    /// All objects in the order of their keys.
    var resources: [Resource] {
        var resources: [Resource] = []
        visitResources { resources.append($0) }
        return resources
    }

    /// All namespaces that are not for everybody, in the order of their names.
    var rules: [AccessChange] {
        var rules: [AccessChange] = []
        visitAccess { rules.append(AccessChange(namespace: $0, access: $1)) }
        return rules
    }

    /// Decides a command and proves what the journal relies on: a refusal leaves no trace, an event
    /// makes sense before it is applied, and replaying the events gives the same objects.
    mutating func proveExecution(
        of command: Command, by caller: Caller
    ) throws(FuzzFinding) -> Result<Decision, Refusal> {
        let before = self
        let decision: Decision
        do throws(Refusal) {
            decision = try execute(command, by: caller, at: Workplace.now)
        } catch {
            try require(
                lsn == before.lsn && resources == before.resources && rules == before.rules,
                "a refused command left a trace: \(error)")
            return .failure(error)
        }
        var replayed = before
        for event in decision.consequences.events {
            if let fault = replayed.fault(of: event) {
                throw FuzzFinding("the engine decided what replay takes for damage: \(fault)")
            }
            replayed.apply(event)
        }
        if let access = decision.consequences.access { replayed.apply(access) }
        try require(
            command.isDryRun ? resources == before.resources : resources == replayed.resources,
            "replay gives other objects than the command")
        try require(rules == replayed.rules, "replay gives other rules than the command")
        try require(
            decision.consequences.isEmpty == (lsn == before.lsn),
            "an LSN is that of a change")
        if let violation = violations().first { throw FuzzFinding(violation) }
        return .success(decision)
    }

    /// Those whom an earlier command woke go first, as in the daemon.
    mutating func proveBacklog() throws(FuzzFinding) -> [Served] {
        var served: [Served] = []
        var rounds = 0
        while hasBacklog {
            served += executeBacklog(at: Workplace.now).served
            rounds += 1
            try require(rounds < 1000, "the backlog does not end")
        }
        return served
    }
}
