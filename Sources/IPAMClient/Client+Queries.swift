public import IPAM
internal import IPAMWire

extension Client {
    /// One page of a list.
    public mutating func list(
        _ query: Query.List
    ) throws(ClientError) -> Answered<Answer.Listed> {
        let reply = try ask(.list(query))
        guard case .listed(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of the blocks that are taken in a Prefix.
    public mutating func used(
        _ query: Query.Used
    ) throws(ClientError) -> Answered<Answer.UsedBlocks> {
        let reply = try ask(.used(query))
        guard case .used(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Why a request would, or would not, be served: one page of the candidates.
    public mutating func explain(
        _ query: Query.Explain
    ) throws(ClientError) -> Answered<Answer.Explained> {
        let reply = try ask(.explain(query))
        guard case .explained(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of the namespaces that the caller may see.
    public mutating func namespaces(
        _ query: Query.Namespaces = .init()
    ) throws(ClientError) -> Answered<Answer.Namespaces> {
        let reply = try ask(.namespaces(query))
        guard case .namespaces(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// What the daemon has counted since its start.
    public mutating func metrics() throws(ClientError) -> Answered<DaemonMetrics> {
        let reply = try ask(.metrics)
        guard case .metrics(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of what is used and free in Prefixes.
    public mutating func usage(
        _ query: Query.Usage
    ) throws(ClientError) -> Answered<Answer.UsagePage> {
        let reply = try ask(.usage(query))
        guard case .usage(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// One page of who has an address or a prefix, in every namespace.
    public mutating func who(
        _ query: Query.Who
    ) throws(ClientError) -> Answered<Answer.Found> {
        let reply = try ask(.who(query))
        guard case .found(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// A part of a copy of the whole state, for administrators. Offset 0 begins a new copy, of all
    /// that is durable then; the LSN is the last change in it.
    public mutating func backup(
        _ query: Query.Backup
    ) throws(ClientError) -> Answered<Answer.BackupPart> {
        let reply = try ask(.backup(query))
        guard case .backup(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// Proves the invariants of the running daemon.
    public mutating func check() throws(ClientError) -> Answered<Answer.Checked> {
        let reply = try ask(.check)
        guard case .checked(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }

    /// How the daemon is.
    public mutating func status() throws(ClientError) -> Answered<DaemonStatus> {
        let reply = try ask(.status)
        guard case .status(let value) = reply.answer else { throw .otherAnswer }
        return Answered(lsn: reply.lsn, value: value)
    }
}

extension DaemonMetrics {
    /// What a counted request asks, as the protocol names it; nothing for an opcode that this
    /// version does not know.
    public static func requestName(ofOpcode number: UInt16) -> String? {
        UInt8(exactly: number).flatMap { Opcode(rawValue: $0) }?.description
    }
}
