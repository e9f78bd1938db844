public import IPAMClient
public import NIOCore
public import NIOPosix

/// A client for services: one connection that all tasks share, many requests in flight.
///
/// Every verb is one method. It returns the daemon's answer, or throws a `ClientError` that says
/// whether something may have changed. When the connection ends, the client connects anew and
/// asks again, within the deadline of the request, whatever is safe to repeat: the same
/// `request` with the same name has the same answer. What is not safe (a release by block or by
/// selector that may have been done) ends as `.outcomeUnknown` instead. Cancelling the task ends
/// the wait at once; of a request that waits for room, as soon as the daemon has withdrawn it.
///
/// Requests that wait for room, and watches, are in flight all the while, and the daemon takes a
/// thousand at a time of one connection: who has more of them uses a second client.
public final class AsyncClient: Sendable {
    /// How long a request may take unless the call says otherwise, reconnections included.
    public let timeout: Duration
    private let eventLoop: any EventLoop
    private let connector: NIOLoopBoundBox<Connector>

    /// Connects, and waits until the daemon has said hello.
    ///
    /// `path` is that of the daemon's socket, `software` the name and version of the caller for
    /// the daemon's log. `timeout` bounds connecting, and each request unless it says otherwise.
    /// An event loop of `group` carries the connection.
    public static func connect(
        to path: String = Client.pathDefault, software: String = "IPAMClientNIO",
        timeout: Duration = .seconds(5),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(ClientError) -> AsyncClient {
        let client = AsyncClient(path, software, timeout, group.next())
        switch try await client.ask(.greeting, timeout) {
        case .greeted: return client
        case .reply, .doneBefore: throw .otherAnswer
        }
    }

    private init(
        _ path: String, _ software: String, _ timeout: Duration, _ eventLoop: any EventLoop
    ) {
        self.timeout = timeout
        self.eventLoop = eventLoop
        connector = .makeBoxSendingValue(
            Connector(
                path: path, software: software, helloTimeout: TimeAmount(timeout),
                eventLoop: eventLoop),
            eventLoop: eventLoop)
    }

    deinit {
        let connector = connector
        eventLoop.execute { connector.value.close() }
    }

    /// Ends the connection, and every request that has no answer yet. Nothing can be asked after.
    public func close() async {
        let connector = connector
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                connector.value.close()
                continuation.resume()
            }
        }
    }

    /// Asks once, and returns by the deadline.
    func attempt(_ question: Question, _ deadline: NIODeadline) async -> Outcome {
        let connector = connector
        let eventLoop = eventLoop
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.execute {
                    connector.value.submit(Ask(question, deadline, ticket, continuation))
                }
            }
        } onCancel: {
            ticket.cancel()
            eventLoop.execute { connector.value.cancel(ticket) }
        }
    }
}
