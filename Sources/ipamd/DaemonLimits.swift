import IPAM
import NIOCore

/// The bounds of one daemon that no protocol message states. Those that a client can read off
/// the protocol are in `Limits`.
enum DaemonLimits {
    /// Connections at a time. The last of them are kept for administrators.
    static let connectionsMax = 4096
    static let connectionsKeptForAdministrators = 64
    /// Connections of one user who is no administrator.
    static let connectionsPerUserMax = 1024
    /// Connections of all strangers together: they are one user here.
    static let connectionsOfStrangersMax = 64
    /// Clients that wait in the kernel while the daemon starts; the kernel may allow fewer
    /// (net.core.somaxconn). Once it serves they are 128, for NIO listens anew: a good client
    /// has no more bad ones before it.
    static let backlog: Int32 = 4096
    /// Clients that are accepted at once in a flood: all that NIO lets wait. And for how long they
    /// are let come together.
    static let acceptsPerBatch = 128
    static let floodPauseMicroseconds: UInt32 = 500
    /// Descriptors that are no connections: sockets, state files, the log, and clients of which
    /// is not known yet whether they are one too many.
    static let descriptorsReserved = 64 + acceptsPerBatch

    /// What a connection may have decided and not yet answered, in units of one small answer
    /// (see `Query.weight`). Beyond it the rest of its requests wait.
    static let unansweredWeightMax = Limits.requestsInFlightMax
    /// Bytes of answers that wait for a client to read them. At `high` nothing more of its
    /// requests is looked at, until `low` is reached again.
    static let outputBytesLow = 64 << 10
    static let outputBytesHigh = 256 << 10
    static let outputMarks = ChannelOptions.Types.WriteBufferWaterMark(
        low: outputBytesLow, high: outputBytesHigh)
    /// The same of all connections of one user, who has the more of them the less for each.
    static let unansweredWeightPerUserMax = 16 * unansweredWeightMax
    static let outputBytesPerUserMax = 32 << 20
    static let outputBytesLeast = 16 << 10
    /// Bytes of unfinished messages of all connections together. They may take twice as much
    /// memory: where a message is put together, room grows by doubling.
    static let unfinishedBytesMax = 128 << 20

    /// Watches of one user who is no administrator.
    static let watchesPerUserMax = 256
    /// Changes that are compared with watches before requests have their turn again.
    static let watchChangesPerTick = 8192
    /// The same for one watch, before the others have their turn.
    static let watchChangesPerTurn = 512
    /// Changes after which a watch is told its position though nothing concerned it: it must
    /// not fall out of the ring only because it waits for something rare.
    static let watchSilenceMax: UInt64 = 4096

    /// From the accept to the whole hello.
    static let helloTime = TimeAmount.seconds(10)
    /// From the first byte of a frame to its last, and between the frames of a message.
    static let frameTime = TimeAmount.seconds(5)
    /// Without a client reading anything of what waits for it.
    static let outputTime = TimeAmount.seconds(10)
    /// What a client gets to take its last answers and the goodbye, at the end of a connection.
    static let farewellTime = TimeAmount.seconds(2)

    /// Without a commit, until the journal is sealed: bounds what damage could pass unnoticed.
    static let sealTime = TimeAmount.milliseconds(10)
    /// Between tries of what failed for lack of room, from the first to the longest pause.
    static let retryTimeFirst = TimeAmount.seconds(1)
    static let retryTimeMax = TimeAmount.seconds(60)
    /// How often the line of `systemctl status` is brought up to date.
    static let statusTime = TimeAmount.seconds(5)
}
