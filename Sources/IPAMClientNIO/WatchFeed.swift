internal import IPAM
internal import IPAMClient
internal import Synchronization

/// The stream of a watch, filled on the event loop and emptied by its reader.
final class WatchFeed: Sendable {
    typealias Stream = AsyncThrowingStream<Watch.Event, any Error>

    /// Events that wait for the reader before the stream ends. Each has at most
    /// `Limits.eventChangesMax` changes.
    static let eventsMax = 256

    private let continuation: Stream.Continuation
    /// Everything up to it is in the stream.
    private let lastPosition: Atomic<UInt64>

    var position: UInt64 { lastPosition.load(ordering: .acquiring) }

    init(_ continuation: Stream.Continuation, position: UInt64) {
        self.continuation = continuation
        lastPosition = Atomic(position)
    }

    /// Adds an event. A reader that is too slow loses none without being told: the stream ends
    /// behind the last one that found room. The connection belongs to others too, so it cannot
    /// be held up instead.
    func take(_ event: Watch.Event) {
        switch continuation.yield(event) {
        case .enqueued: lastPosition.store(event.lsn, ordering: .releasing)
        case .dropped:
            let why =
                "\(Self.eventsMax) events of a watch were not taken in time; watch again from "
                + "LSN \(position)"
            finish(throwing: .nothingChanged(why))
        case .terminated: break
        @unknown default: break
        }
    }

    /// Ends the stream, unless it has ended.
    func finish(throwing error: ClientError? = nil) { continuation.finish(throwing: error) }
}
