import IPAM
import IPAMWire
import NIOCore

extension Connection {
    /// Takes an answer that may leave; it does with the next flush.
    func answer(_ bytes: some Sequence<UInt8>, to correlation: CorrelationID) {
        guard context != nil, !isClosing else { return }
        write(bytes)
        session.finish(correlation)
        unansweredWeight -= weights.isEmpty ? 1 : weights.removeValue(forKey: correlation) ?? 1
    }

    func write(_ bytes: some Sequence<UInt8>) {
        output.writeBytes(bytes)
        guard !isFlushPlanned else { return }
        isFlushPlanned = true
        listener.service.hasOutput(self)
    }

    /// Writes what may leave, and goes on with what had to wait for that.
    func flushAnswers() {
        isFlushPlanned = false
        if output.readableBytes > 0 { listener.turns.measure(account) { flush() } }
        if !isClosing { resume() }
    }

    /// Whether the client takes the events of its watches as they come.
    var takesEvents: Bool {
        context?.channel.isWritable == true && !isClosing
            && output.readableBytes < bounds.outputBytes
    }

    /// Takes an event of a watch; it leaves with the next flush.
    func send(_ event: Watch.Event, to correlation: CorrelationID) {
        guard context != nil, !isClosing else { return }
        output.writeBytes(session.event(event, to: correlation))
    }

    /// One write for all that has come together.
    func flush() {
        defer { closeIfDone() }
        guard output.readableBytes > 0, let context else { return }
        writtenBytes += output.readableBytes
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        output = ByteBuffer()
        watchOutput()
    }

    /// The client has read some of what waits for it.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            // Not at once: this may be called in the middle of a write.
            context.eventLoop.assumeIsolated().execute { [weak self] in
                self?.resume()
                self?.listener.service.planPump()
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: The end

    /// Ends the connection for a reason of ours, and tells client and operator.
    func end(_ error: ProtocolError) {
        guard !isClosing else { return }
        listener.ends(caller, because: error)
        close(after: session.goodbye(error))
    }

    /// Ends the connection because the daemon ends: all that was decided has been answered.
    func sayGoodbye(_ error: ProtocolError) {
        guard !isClosing else { return }
        close(after: session.goodbye(error))
    }

    /// Writes the last bytes and closes, as soon as the client has them or its time is up.
    func close(after last: [UInt8]) {
        guard !isClosing, let context else { return }
        isClosing = true
        output.writeBytes(last)
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(output), promise: written)
        output = ByteBuffer()
        written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        let timer = context.eventLoop.scheduleTask(in: DaemonLimits.farewellTime) {
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }
}

// MARK: - Deadlines

extension Connection {
    func awaitHello() {
        helloTimer = schedule(.now() + DaemonLimits.helloTime) { connection in
            guard !connection.session.isOpen else { return }
            connection.end(
                ProtocolError(.idle, "no hello came in time; it has to be the first message"))
        }
    }

    /// Ends clients that begin a frame or a message and do not go on with it. A whole frame
    /// takes the deadline away, so busy clients cost no timer for each frame.
    func watchFrame(isHalf: Bool) {
        guard isHalf else {
            frameDeadline = nil
            return
        }
        let deadline = frameDeadline ?? .now() + DaemonLimits.frameTime
        frameDeadline = deadline
        guard !isFrameTimerSet else { return }
        isFrameTimerSet = true
        schedule(deadline) { connection in
            connection.isFrameTimerSet = false
            guard let deadline = connection.frameDeadline else { return }
            guard deadline <= .now() else { return connection.watchFrame(isHalf: true) }
            connection.end(
                ProtocolError(.halfFrameTimeout, "a frame or message was begun and not ended"))
        }
    }

    /// Ends clients that do not read: their answers would be kept for ever.
    private func watchOutput() {
        guard !isOutputTimerSet, let context, !context.channel.isWritable else { return }
        isOutputTimerSet = true
        let before = readByClient
        schedule(.now() + DaemonLimits.outputTime) { connection in
            connection.isOutputTimerSet = false
            guard connection.context?.channel.isWritable == false else { return }
            guard connection.readByClient == before else { return connection.watchOutput() }
            connection.end(ProtocolError(.slowReader, "answers were not read for too long"))
        }
    }

    /// How many bytes the kernel has taken for the client so far.
    private var readByClient: Int {
        guard let options = context?.channel.syncOptions else { return writtenBytes }
        do {
            return writtenBytes - (try options.getOption(.bufferedWritableBytes))
        } catch {
            // The channel has closed.
            return writtenBytes
        }
    }

    @discardableResult
    private func schedule(
        _ deadline: NIODeadline, _ task: @escaping (Connection) -> Void
    ) -> Scheduled<Void>? {
        context?.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            if let self { task(self) }
        }
    }
}
