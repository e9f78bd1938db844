import IPAMStore
import NIOCore
import NIOPosix
import Synchronization

/// The one thread that writes and syncs the journal.
///
/// The loop hands it work and hears of the end on the loop; the thread does one piece at a
/// time, in the order in which they were handed over.
final class JournalThread: Sendable {
    /// Only the thread takes the lock, so it is always free: it shows the compiler that the
    /// journal is used in one place at a time.
    private let journal: Mutex<Journal>
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let loop: any EventLoop

    init(_ journal: Journal, loop: any EventLoop) {
        self.journal = Mutex(journal)
        self.loop = loop
        thread.start()
    }

    /// Does work on the thread; then, on the loop, `then` is told the outcome. Call it on the
    /// loop too.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable (inout Journal) throws(StoreError) -> Success,
        then: @escaping (Result<Success, StoreError>) -> Void
    ) {
        let then = NIOLoopBound(then, eventLoop: loop)
        thread.submit { _ in
            let result = self.journal.withLock { journal in
                Result { () throws(StoreError) in try work(&journal) }
            }
            self.loop.execute { then.value(result) }
        }
    }
}

/// A thread for work on files that nobody else changes, which may take its time: preparing spare
/// segments, merging checkpoints.
final class BackgroundThread: Sendable {
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
        thread.start()
    }

    /// As ``JournalThread/run(_:then:)``.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Success,
        then: @escaping (Result<Success, StoreError>) -> Void
    ) {
        let then = NIOLoopBound(then, eventLoop: loop)
        thread.submit { _ in
            let result = Result { () throws(StoreError) in try work() }
            self.loop.execute { then.value(result) }
        }
    }

    /// Lets the thread go when its work is done.
    func end() { thread.shutdownGracefully { _ in } }
}
