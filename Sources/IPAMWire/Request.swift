package import IPAM

/// What a client asks once the hello is answered.
package enum Request: Sendable, Hashable {
    case command(Command)
    case query(Query)
    case watch(Watch)
    /// Ends the watch, or the request that waits for room, of this correlation id.
    case cancel(CorrelationID)

    package var opcode: Opcode {
        switch self {
        case .command(.apply): .apply
        case .command(.request): .request
        case .command(.release): .release
        case .command(.delete): .delete
        case .command(.batch): .batch
        case .command(.reconcile): .reconcile
        case .command(.access): .access
        case .query(.list): .list
        case .query(.used): .used
        case .query(.status): .status
        case .query(.check): .check
        case .query(.explain): .explain
        case .query(.usage): .usage
        case .query(.who): .who
        case .query(.backup): .backup
        case .query(.namespaces): .namespaces
        case .query(.metrics): .metrics
        case .watch: .watch
        case .cancel: .cancel
        }
    }
}

extension Request: FieldEncodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .command(.apply(let apply)): apply.encode(to: &writer)
        case .command(.request(let request)): request.encode(to: &writer)
        case .command(.release(let release)): release.encode(to: &writer)
        case .command(.delete(let delete)): delete.encode(to: &writer)
        case .command(.batch(let batch)): batch.encode(to: &writer)
        case .command(.reconcile(let reconcile)): reconcile.encode(to: &writer)
        case .command(.access(let access)): access.encode(to: &writer)
        case .query(.list(let list)): list.encode(to: &writer)
        case .query(.used(let used)): used.encode(to: &writer)
        case .query(.status), .query(.check), .query(.metrics): break
        case .query(.explain(let explain)): explain.encode(to: &writer)
        case .query(.usage(let usage)): usage.encode(to: &writer)
        case .query(.who(let who)): who.encode(to: &writer)
        case .query(.backup(let backup)): backup.encode(to: &writer)
        case .query(.namespaces(let query)): query.encode(to: &writer)
        case .watch(let watch): watch.encode(to: &writer)
        case .cancel(let correlation): Cancel(correlation: correlation).encode(to: &writer)
        }
    }
}

extension Request {
    /// Reads the body of a request; nothing if the opcode is none of a request that follows a
    /// hello.
    package init?(opcode: Opcode, body: [UInt8]) throws(DecodingFault) {
        var fields = FieldReader(body, structure: opcode.description)
        switch opcode {
        case .apply: self = .command(.apply(try Command.Apply(from: &fields)))
        case .request: self = .command(.request(try Command.Request(from: &fields)))
        case .release: self = .command(.release(try Command.Release(from: &fields)))
        case .delete: self = .command(.delete(try Command.Delete(from: &fields)))
        case .list: self = .query(.list(try Query.List(from: &fields)))
        case .used: self = .query(.used(try Query.Used(from: &fields)))
        case .status:
            try fields.skipAll()
            self = .query(.status)
        case .check:
            try fields.skipAll()
            self = .query(.check)
        case .metrics:
            try fields.skipAll()
            self = .query(.metrics)
        case .explain: self = .query(.explain(try Query.Explain(from: &fields)))
        case .usage: self = .query(.usage(try Query.Usage(from: &fields)))
        case .who: self = .query(.who(try Query.Who(from: &fields)))
        case .batch: self = .command(.batch(try Command.Batch(from: &fields)))
        case .backup: self = .query(.backup(try Query.Backup(from: &fields)))
        case .reconcile:
            self = .command(.reconcile(try Command.Reconcile(from: &fields)))
        case .access: self = .command(.access(try Command.Access(from: &fields)))
        case .namespaces:
            self = .query(.namespaces(try Query.Namespaces(from: &fields)))
        case .watch: self = .watch(try Watch(from: &fields))
        case .cancel: self = .cancel(try Cancel(from: &fields).correlation)
        case .hello, .helloAnswer, .applyAnswer, .requestAnswer, .releaseAnswer, .deleteAnswer,
            .listAnswer, .usedAnswer, .statusAnswer, .checkAnswer, .explainAnswer, .usageAnswer,
            .whoAnswer, .batchAnswer, .watchAnswer, .cancelAnswer, .backupAnswer,
            .reconcileAnswer, .accessAnswer, .namespacesAnswer,
            .metricsAnswer, .goodbye, .event, .refusal:
            return nil
        }
    }
}

extension FieldReader {
    /// Reads a structure that has no fields yet: what a later version adds is optional.
    fileprivate mutating func skipAll() throws(DecodingFault) {
        while let field = try next() { try field.skip() }
    }
}
