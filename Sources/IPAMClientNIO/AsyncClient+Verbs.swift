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

    /// One allocation, now or not at all.
    ///
    /// Asked again after a lost connection, `isCreated` is false if it had been done.
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
