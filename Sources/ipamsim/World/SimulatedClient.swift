import IPAM
import IPAMEngine
import IPAMWire

/// A program that uses the daemon: the production session of a client, the bytes on their way to
/// it, and a memory of what it was told. What it has not received was not said.
struct SimulatedClient: Sendable {
    /// What a client knows of one name.
    struct Holding: Sendable {
        /// What it was told last.
        var told: Resource?
        /// What it asked since, and has no answer to.
        var doubt: Doubt?
    }

    enum Doubt: Sendable {
        case requested
        case released
    }

    /// A request that has no answer yet.
    private struct Asked {
        let correlation: CorrelationID
        let request: Request
        /// It was asked before, and the answer did not come.
        let isAgain: Bool
    }

    let caller: Caller
    private var session = ClientSession(software: "ipamsim")
    /// What the daemon has written and this client has not read.
    private var inbox: [UInt8] = []
    private var asked: [Asked] = []
    /// Commands of former connections whose outcome nobody told.
    private(set) var unanswered: [Command] = []
    /// The last change that any answer spoke of.
    private(set) var toldLSN: UInt64 = 0
    private var holdings: [String: Holding] = [:]
    /// Why anything was refused.
    private(set) var refusalCodes: Set<RefusalCode> = []
    /// What it was told and cannot be true, a sentence each.
    var faults: [String] = []

    init(_ caller: Caller) { self.caller = caller }

    /// The names that it was told it has, and about which it has asked nothing since.
    var heldNames: [String] {
        holdings.filter { $0.value.told != nil && $0.value.doubt == nil }.keys.sorted()
    }

    func holding(_ name: String) -> Holding { holdings[name] ?? Holding() }

    // MARK: Asking

    /// Begins a new connection; the bytes of the hello.
    mutating func connect() -> [UInt8] {
        session = ClientSession(software: "ipamsim")
        return session.hello()
    }

    /// The bytes of a request. Nothing if the session takes none now, or if it is about a name
    /// of which another one is still in doubt: then nobody could say what the answer should be.
    mutating func ask(_ request: Request) -> [UInt8]? {
        let names = request.command?.touchedNames ?? []
        guard names.allSatisfy({ holding($0.name).doubt == nil }) else { return nil }
        return send(request, isAgain: false)
    }

    /// Asks again what got no answer, and gives the bytes.
    mutating func askAgain(_ command: Command) -> [UInt8]? {
        unanswered.removeAll { $0 == command }
        return send(.command(command), isAgain: true)
    }

    private mutating func send(_ request: Request, isAgain: Bool) -> [UInt8]? {
        do throws(ClientSession.SendFault) {
            let sent = try session.send(request)
            asked.append(
                Asked(correlation: sent.correlation, request: request, isAgain: isAgain))
            for (name, doubt) in request.command?.touchedNames ?? [] {
                holdings[name, default: Holding()].doubt = doubt
            }
            return sent.bytes
        } catch {
            return nil
        }
    }

    // MARK: Being told

    mutating func deliver(_ bytes: [UInt8]) { inbox.append(contentsOf: bytes) }

    /// Reads what has come, or a drawn part of it.
    mutating func read(_ choices: inout Choices) {
        guard !inbox.isEmpty else { return }
        let count = choices.choose(3) > 0 ? inbox.count : choices.choose(inbox.count + 1)
        read(count)
    }

    mutating func readAll() { read(inbox.count) }

    private mutating func read(_ count: Int) {
        session.append(inbox.prefix(count))
        inbox.removeFirst(count)
        do throws(ProtocolError) {
            while let event = try session.next() { take(event) }
        } catch {
            faults.append("the daemon broke the protocol: \(error.sentence)")
        }
    }

    /// The other side is gone: a part of what was on its way may still be there.
    mutating func lostConnection(_ choices: inout Choices) {
        if !inbox.isEmpty { read(choices.choose(inbox.count + 1)) }
        inbox = []
        unanswered += asked.compactMap { $0.request.command }
        asked = []
    }

    private mutating func take(_ event: ClientSession.Event) {
        switch event {
        case .hello(let agreement): toldLSN = max(toldLSN, agreement.durableLSN)
        case .reply(let correlation, let reply):
            toldLSN = max(toldLSN, reply.lsn)
            guard let asked = answered(correlation) else { return }
            switch asked.request {
            case .command(let command): take(reply.answer, to: command)
            case .query: compare(reply.answer)
            case .watch, .cancel: faults.append("a reply to what has none")
            }
        case .refused(let correlation, let refusal, let lsn):
            toldLSN = max(toldLSN, lsn)
            refusalCodes.insert(refusal.code)
            guard let asked = answered(correlation), let command = asked.request.command else {
                return
            }
            take(refusal, to: command, isAgain: asked.isAgain)
        case .event, .watchEnded, .cancelAnswered:
            faults.append("the daemon says what nobody asked")
        case .goodbye(let goodbye): faults.append("a goodbye: \(goodbye.sentence)")
        }
    }

    private mutating func answered(_ correlation: CorrelationID) -> Asked? {
        guard let index = asked.firstIndex(where: { $0.correlation == correlation }) else {
            faults.append("an answer to what nobody asked")
            return nil
        }
        return asked.remove(at: index)
    }

    /// Nothing was changed: that is what a refusal promises. But who releases a second time, and is
    /// told that there is nothing, learns that the first time did it.
    private mutating func take(_ refusal: Refusal, to command: Command, isAgain: Bool) {
        if refusal.code == .outcomeUnknown { return unanswered.append(command) }
        for (name, doubt) in command.touchedNames {
            switch doubt {
            case .released where refusal.code == .notFound:
                if !isAgain, holding(name).told != nil {
                    faults.append("\(name) was told it is held, and releasing it finds nothing")
                }
                holdings[name] = Holding()
            case .released, .requested: holdings[name]?.doubt = nil
            }
        }
        compare(refusal, to: command)
    }

    private mutating func take(_ answer: Answer, to command: Command) {
        let made = answer.allocations
        for (name, doubt) in command.touchedNames {
            let before = holdings[name]?.told
            switch doubt {
            case .released: holdings[name] = Holding()
            case .requested:
                let resource = made.first { $0.key.name == name }
                if resource?.placement == nil { faults.append("\(name) was answered with nothing") }
                if let before, before.placement != resource?.placement {
                    faults.append("\(name) was answered with another block than before")
                }
                holdings[name] = Holding(told: resource)
            }
        }
    }

    /// The same name and the same request never have a refusal once they had a block.
    private mutating func compare(_ refusal: Refusal, to command: Command) {
        guard case .request(let request) = command, let told = holding(request.name).told,
            let block = told.placement?.block, request.prefixLength == block.length,
            request.parent == told.spec.parent
        else { return }
        switch refusal.code {
        case .busy, .storageFull, .storageFailed, .shuttingDown: break
        default:  // Every other code says that the request itself cannot be served.
            faults.append("\(request.name) is held, and asking again was refused: \(refusal)")
        }
    }

    /// A list of allocations, which everybody may ask for, shows what the client was told.
    private mutating func compare(_ answer: Answer) {
        guard case .listed(let listed) = answer, listed.next == nil else { return }
        let blocks = Dictionary(
            listed.items.map { ($0.resource.key.name, $0.resource.placement?.block) },
            uniquingKeysWith: { first, _ in first })
        for (name, holding) in holdings.sorted(by: { $0.key < $1.key }) {
            let block: IPPrefix? = blocks[name] ?? nil
            if let fault = holding.fault(name, found: block) {
                faults.append("a list says otherwise than the answers: \(fault)")
            }
        }
    }
}

// MARK: - Judging

extension SimulatedClient {
    /// Where a recovered state contradicts what this client was told, a sentence each.
    func faults(of state: State) -> [String] {
        var faults: [String] = []
        if state.lsn < toldLSN {
            faults.append("recovered \(state.lsn), but a client was told of \(toldLSN)")
        }
        for (name, holding) in holdings.sorted(by: { $0.key < $1.key }) {
            let key = Workload.key(.prefixAllocation, name)
            let block = state.resource(key)?.placement?.block
            if let fault = holding.fault(name, found: block) { faults.append(fault) }
        }
        return faults
    }
}

extension SimulatedClient.Holding {
    /// What is wrong with finding this block, or none, under the name.
    func fault(_ name: String, found: IPPrefix?) -> String? {
        let block = told?.placement?.block
        let isRight =
            switch doubt {
            case nil: found == block
            case .released: found == nil || found == block
            case .requested: block == nil || found == block
            }
        if isRight { return nil }
        let had = block.map(String.init(describing:)) ?? "nothing"
        let has = found.map(String.init(describing:)) ?? "nothing"
        return "\(name) was told \(had) and has \(has)"
    }
}

extension Request {
    var command: Command? {
        switch self {
        case .command(let command): command
        case .query, .watch, .cancel: nil
        }
    }
}

extension Command {
    /// The allocations that a request makes or a release ends, by name; each name once.
    var touchedNames: [(name: String, doubt: SimulatedClient.Doubt)] {
        switch self {
        case .request(let request):
            request.asPrefix || request.isDryRun ? [] : [(request.name, .requested)]
        case .release(let release): release.names.map { ($0, .released) }
        case .batch(let batch):
            batch.parts.flatMap { part in
                switch part {
                case .request(let request): Command.request(request).touchedNames
                case .release(let release): Command.release(release).touchedNames
                }
            }
        case .apply, .delete, .reconcile, .access: []
        }
    }
}

extension Answer {
    /// The allocations that it speaks of having been made.
    fileprivate var allocations: [Resource] {
        switch self {
        case .allocated(let allocated): [allocated.resource]
        case .batch(let batch):
            batch.parts.compactMap { part in
                switch part {
                case .allocated(let allocated): allocated.resource
                case .released: nil
                }
            }
        case .applied, .released, .deleted, .listed, .used, .checked, .status, .explained, .usage,
            .found, .reconciled, .backup, .accessed, .namespaces, .metrics:
            []
        }
    }
}
