import IPAM
import IPAMEngine
import Testing

/// Namespaces that are for some agents alone.
@Suite struct AccessTests {
    private let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)
    private let insider = Caller(uid: 1000, gid: 1, pid: 1, role: .agent)
    private let member = Caller(uid: 1001, gid: 1, pid: 1, role: .agent, groups: [77])
    private let outsider = Caller(uid: 1002, gid: 1, pid: 1, role: .agent, groups: [1])

    /// A root in `default`, limited to one user and one group.
    private func limited() throws -> ScenarioRun {
        var run = ScenarioRun()
        _ = run.perform("root pods 10.0.0.0/24".words)
        _ = try run.execute(access(NamespaceAccess(users: [1000], groups: [77])))
        return run
    }

    private func access(_ access: NamespaceAccess?, isDryRun: Bool = false) -> Command {
        .access(.init(namespace: "default", access: access, isDryRun: isDryRun))
    }

    private func code(_ work: () throws -> Void) -> RefusalCode? {
        do { try work() } catch { return (error as? Refusal)?.code }
        return nil
    }

    private func request(_ name: String) -> Command {
        .request(.init(name: name, prefixLength: 28, parent: "pods"))
    }

    @Test func `named users, and members of named groups, are served`() throws {
        var run = try limited()
        for caller in [insider, member] {
            run.caller = caller
            #expect(try run.execute(request("a\(caller.uid)")).outcome.reply != nil)
        }
    }

    /// What it asks about is the same as a namespace that does not exist.
    @Test func `to other agents there is no such namespace, whatever they ask`() throws {
        var run = try limited()
        run.caller = insider
        _ = try run.execute(request("a"))
        run.caller = outsider
        let block = try IPPrefix("10.0.0.0/28")
        let commands: [Command] = [
            request("mine"), .release(.init(names: ["a"])), .release(.init(blocks: [block])),
            .delete(.init(keys: [.init(kind: .prefixAllocation, namespace: "default", name: "a")])),
            .delete(.init(keys: [.init(kind: .prefix, namespace: "default", name: "pods")])),
            .batch(.init(parts: [.request(.init(name: "b", prefixLength: 28, parent: "pods"))])),
        ]
        for command in commands {
            #expect(code { _ = try run.execute(command) } == .unknownNamespace, "\(command)")
        }
        let queries: [Query] = [
            .list(.init(kind: .prefix, namespace: "default")),
            .list(.init(kind: .prefix, namespace: "default", names: ["pods"])),
            .used(.init(namespace: "default", name: "pods")),
            .usage(.init(namespace: "default")),
            .explain(.init(request: .init(name: "", prefixLength: 28, parent: "pods"))),
        ]
        for query in queries {
            #expect(
                code { _ = try run.state.answer(query, by: outsider) } == .unknownNamespace,
                "\(query)")
        }
        let watch = Watch(kind: .prefix, namespace: "default", after: run.state.lsn, incarnation: 1)
        #expect(code { try run.state.permit(watch, to: outsider) } == .unknownNamespace)
    }

    @Test func `it is in no answer about all namespaces, but for those who may use it`() throws {
        let run = try limited()
        let address = try IPPrefix("10.0.0.1/32")
        func shown(_ caller: Caller) throws -> [Int] {
            let listed = try run.state.answer(.list(.init(kind: .prefix)), by: caller).answer
            let usage = try run.state.answer(.usage(.init()), by: caller).answer
            let found = try run.state.answer(.who(.init(prefix: address)), by: caller).answer
            let names = try run.state.answer(.namespaces(.init()), by: caller).answer
            guard case .listed(let list) = listed, case .usage(let page) = usage,
                case .found(let who) = found, case .namespaces(let namespaces) = names
            else { return [] }
            return [
                list.items.count, page.items.count, who.resources.count, namespaces.items.count,
                namespaces.items.count { $0.access != nil },
            ]
        }
        #expect(try shown(outsider) == [0, 0, 0, 0, 0])
        #expect(try shown(insider) == [1, 1, 1, 1, 0])
        let observer = Caller(uid: 1003, gid: 1, pid: 1, role: .observer)
        #expect(try shown(observer) == [1, 1, 1, 1, 1])
    }

    @Test func `a release that ignores what is missing ends nothing there`() throws {
        var run = ScenarioRun()
        _ = run.perform("root pods 10.0.0.0/24".words)
        run.caller = outsider
        _ = try run.execute(request("a"))
        run.caller = administrator
        _ = try run.execute(access(NamespaceAccess(users: [1000])))
        run.caller = outsider
        _ = try run.execute(.release(.init(names: ["a"], ignoresMissing: true)))
        let key = ResourceKey(kind: .prefixAllocation, namespace: "default", name: "a")
        #expect(run.state.resource(key) != nil)
    }

    @Test func `who waits there and may not any more is told`() throws {
        var run = ScenarioRun()
        _ = run.perform("root pods 10.0.0.0/27".words)
        _ = run.perform("request one length 28 from pods".words)
        _ = run.perform("request two length 28 from pods".words)
        run.caller = outsider
        let wait = Command.request(
            .init(name: "late", prefixLength: 28, parent: "pods", waitMilliseconds: 1000))
        guard case .waits = try run.execute(wait).outcome else {
            Issue.record("It does not wait.")
            return
        }
        run.caller = administrator
        let decision = try run.execute(access(NamespaceAccess(users: [1000])))
        #expect(decision.consequences.served.count == 1)
        guard case .failure(let refusal) = decision.consequences.served.first?.outcome else {
            Issue.record("It is served.")
            return
        }
        #expect(refusal.code == .unknownNamespace)
    }

    @Test func `a rule is one change, the same again is none, and a dry run none either`() throws {
        var run = try limited()
        let lsn = run.state.lsn
        let same = try run.execute(access(NamespaceAccess(users: [1000], groups: [77])))
        #expect(same.consequences.isEmpty)
        _ = try run.execute(access(nil, isDryRun: true))
        #expect(run.state.isClosed("default", to: outsider))
        #expect(run.state.lsn == lsn)
        _ = try run.execute(access(nil))
        #expect(run.state.lsn == lsn + 1)
        #expect(!run.state.isClosed("default", to: outsider))
    }

    @Test func `a namespace with a rule exists while it holds nothing`() throws {
        var run = ScenarioRun()
        _ = try run.execute(access(NamespaceAccess(users: [1000])))
        run.caller = insider
        #expect(code { _ = try run.execute(request("a")) } == .parentNotFound)
        run.caller = administrator
        _ = try run.execute(access(nil))
        run.caller = insider
        #expect(code { _ = try run.execute(request("a")) } == .unknownNamespace)
        #expect(run.state.violations() == [])
    }

    @Test func `only administrators set it, with a name and a bounded number of entries`() throws {
        var run = ScenarioRun()
        for role in [Caller.Role.agent, .observer, .stranger] {
            run.caller = Caller(uid: 5, gid: 5, pid: 1, role: role)
            #expect(code { _ = try run.execute(access(nil)) } == .notPermitted)
        }
        run.caller = administrator
        let many = NamespaceAccess(users: Array(0...UInt32(Limits.accessEntriesMax)))
        #expect(code { _ = try run.execute(access(many)) } == .malformed)
        let named = Command.access(
            .init(namespace: "No Name", access: NamespaceAccess(users: [1])))
        #expect(code { _ = try run.execute(named) } == .malformed)
    }
}
