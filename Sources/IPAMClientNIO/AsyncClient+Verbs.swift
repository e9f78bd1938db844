public import IPAM
public import IPAMClient

/// The verbs. `timeout` is the client's own unless it is given.
extension AsyncClient {
    /// Creates or updates what manifests say: all of it, or nothing.
    ///
    /// Asked again after a lost connection, what had been done is `unchanged`.
    public func apply(
        _ command: Command.Apply, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Applied> {
        let reply = try await ask(.command(.apply(command)), timeout).reply()
        guard case .applied(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One allocation, now or, if the command says how long it waits, as soon as there is room.
    ///
    /// A wait is added to the timeout. Asked again after a lost connection, a request waits for
    /// the rest of its time, and `isCreated` is false if it had been done. Cancelling the task
    /// tells the daemon to end the wait, and then returns what came of it: nothing, or an
    /// allocation that was just made.
    public func request(
        _ command: Command.Request, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Allocated> {
        let reply = try await ask(.command(.request(command)), timeout).reply()
        guard case .allocated(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Ends allocations, all or none.
    ///
    /// Asked again after a lost connection, names that are not found are what was wanted.
    public func release(
        _ command: Command.Release, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Released> {
        switch try await ask(.command(.release(command)), timeout) {
        case .reply(let reply):
            guard case .released(let value) = reply.answer else { throw .otherAnswer }
            return Answered(lsn: reply.lsn, value: value)
        case .doneBefore(let lsn):
            let items = command.names.map { Answer.Released.Item(name: $0, block: nil) }
            return Answered(lsn: lsn, value: Answer.Released(items: items))
        case .greeted: throw .otherAnswer
        }
    }

    /// Deletes objects, all or none.
    ///
    /// Asked again after a lost connection, keys that are not found are what was wanted.
    public func delete(
        _ command: Command.Delete, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Deleted> {
        switch try await ask(.command(.delete(command)), timeout) {
        case .reply(let reply):
            guard case .deleted(let value) = reply.answer else { throw .otherAnswer }
            return Answered(lsn: reply.lsn, value: value)
        case .doneBefore(let lsn):
            return Answered(lsn: lsn, value: Answer.Deleted(keys: command.keys))
        case .greeted: throw .otherAnswer
        }
    }

    /// Requests and releases as one change, all or none.
    ///
    /// Asked again after a lost connection, unless it releases by block or by selector. If it may
    /// have released what is then not found, the outcome is unknown.
    public func batch(
        _ command: Command.Batch, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Batch> {
        let reply = try await ask(.command(.batch(command)), timeout).reply()
        guard case .batch(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of a list.
    public func list(
        _ query: Query.List, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Listed> {
        let reply = try await ask(.query(.list(query)), timeout).reply()
        guard case .listed(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of the blocks that are taken in a Prefix.
    public func used(
        _ query: Query.Used, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.UsedBlocks> {
        let reply = try await ask(.query(.used(query)), timeout).reply()
        guard case .used(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Why a request would, or would not, be served: one page of the candidates.
    public func explain(
        _ query: Query.Explain, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Explained> {
        let reply = try await ask(.query(.explain(query)), timeout).reply()
        guard case .explained(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of what is used and free in Prefixes.
    public func usage(
        _ query: Query.Usage, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.UsagePage> {
        let reply = try await ask(.query(.usage(query)), timeout).reply()
        guard case .usage(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of who has an address or a prefix, in every namespace.
    public func who(
        _ query: Query.Who, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Found> {
        let reply = try await ask(.query(.who(query)), timeout).reply()
        guard case .found(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Ends the quarantine of a restored state, for administrators. Asked again it has the same
    /// effect.
    public func reconcile(
        _ command: Command.Reconcile = .init(), timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Reconciled> {
        let reply = try await ask(.command(.reconcile(command)), timeout).reply()
        guard case .reconciled(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Says which agents may use a namespace, for administrators.
    public func access(
        _ command: Command.Access, timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Accessed> {
        let reply = try await ask(.command(.access(command)), timeout).reply()
        guard case .accessed(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of the namespaces that the caller may see.
    public func namespaces(
        _ query: Query.Namespaces = .init(), timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Namespaces> {
        let reply = try await ask(.query(.namespaces(query)), timeout).reply()
        guard case .namespaces(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// What the daemon has counted since its start.
    public func metrics(
        timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<DaemonMetrics> {
        let reply = try await ask(.query(.metrics), timeout).reply()
        guard case .metrics(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Proves the invariants of the running daemon.
    public func check(
        timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<Answer.Checked> {
        let reply = try await ask(.query(.check), timeout).reply()
        guard case .checked(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// How the daemon is.
    public func status(
        timeout: Duration? = nil
    ) async throws(ClientError) -> Answered<DaemonStatus> {
        let reply = try await ask(.query(.status), timeout).reply()
        guard case .status(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }
}
