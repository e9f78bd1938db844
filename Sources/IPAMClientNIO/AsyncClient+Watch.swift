public import IPAM
internal import IPAMClient
internal import NIOCore

extension AsyncClient {
    /// The events of a watch, in their order, until the stream is given up or its task is
    /// cancelled.
    ///
    /// After a lost connection the watch is taken up again where it was, within the client's
    /// timeout. The stream ends with a `ClientError`: `.refused` with `compacted` if the position
    /// is no longer known (list again, and watch from there), `.nothingChanged` if the daemon
    /// stays away, or if the reader is so slow that more than a bounded number of events wait for
    /// it; then watch again from the `lsn` of the last event.
    public func watch(_ watch: Watch) -> AsyncThrowingStream<Watch.Event, any Error> {
        let (stream, continuation) = WatchFeed.Stream.makeStream(
            bufferingPolicy: .bufferingOldest(WatchFeed.eventsMax))
        let feed = WatchFeed(continuation, position: watch.after)
        let task = Task { await self.follow(watch, feed) }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// Watches until there is a reason to end the stream.
    private func follow(_ watch: Watch, _ feed: WatchFeed) async {
        var watch = watch
        var pause = Self.pauseFirst
        var deadline = NIODeadline.now() + TimeAmount(timeout)
        while true {
            watch.after = feed.position
            let begin = NIODeadline.now()
            let end: Outcome.End
            switch await attempt(.watch(watch, feed), .distantFuture) {
            case .watchEnded: return feed.finish()
            case .refused(let refusal, _):
                guard refusal.code == .shuttingDown else {
                    return feed.finish(throwing: .refused(refusal))
                }
                end = Outcome.End(cause: .lost(refusal.sentence), hasLeft: false)
            case .ended(let thisEnd): end = thisEnd
            case .reply, .greeted: return feed.finish(throwing: .otherAnswer)
            }
            // There was a watch, and not only a daemon that hangs up: patience begins anew.
            if feed.position != watch.after || .now() - begin >= TimeAmount(Self.pauseLast) {
                pause = Self.pauseFirst
                deadline = .now() + TimeAmount(timeout)
            }
            guard end.isWorthRepeating, !Task.isCancelled, .now() + TimeAmount(pause) < deadline
            else {
                return feed.finish(throwing: end.error(mayHaveBeenDone: false))
            }
            await Self.pause(for: &pause)
        }
    }
}
