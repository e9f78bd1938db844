public import IPAM
internal import IPAMWire

extension Client {
    /// Creates or updates what manifests say: all of it, or nothing.
    public mutating func apply(
        _ command: Command.Apply
    ) throws(ClientError) -> Answered<Answer.Applied> {
        let reply = try ask(.apply(command))
        guard case .applied(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One allocation, now or, if the command says how long it waits, as soon as there is room.
    /// Safe to repeat with the same name.
    ///
    /// The answer to one that waits may take its wait and the timeout. A daemon that stops
    /// meanwhile ends the wait: `.nothingChanged`, ask again.
    public mutating func request(
        _ command: Command.Request
    ) throws(ClientError) -> Answered<Answer.Allocated> {
        let reply: Reply
        do throws(ClientError) {
            reply = try ask(.request(command))
        } catch .refused(let refusal)
            where refusal.code == .shuttingDown && command.waitMilliseconds != nil
        {
            throw .nothingChanged(refusal.sentence)
        }
        guard case .allocated(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Ends allocations, all or none.
    public mutating func release(
        _ command: Command.Release
    ) throws(ClientError) -> Answered<Answer.Released> {
        let reply = try ask(.release(command))
        guard case .released(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Deletes objects, all or none.
    public mutating func delete(
        _ command: Command.Delete
    ) throws(ClientError) -> Answered<Answer.Deleted> {
        let reply = try ask(.delete(command))
        guard case .deleted(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Requests and releases as one change, all or none.
    public mutating func batch(
        _ command: Command.Batch
    ) throws(ClientError) -> Answered<Answer.Batch> {
        let reply = try ask(.batch(command))
        guard case .batch(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Says which agents may use a namespace, for administrators.
    public mutating func access(
        _ command: Command.Access
    ) throws(ClientError) -> Answered<Answer.Accessed> {
        let reply = try ask(.access(command))
        guard case .accessed(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Ends the quarantine of a restored state, for administrators.
    public mutating func reconcile(
        _ command: Command.Reconcile = .init()
    ) throws(ClientError) -> Answered<Answer.Reconciled> {
        let reply = try ask(.reconcile(command))
        guard case .reconciled(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }
}
