import Glibc
import IPAM
import IPAMStore
import IPAMWire
import NIOCore
import NIOPosix
import Systemd

/// The life of the daemon: sockets, recovery, READY, serving, the end in order.
enum Daemon {
    /// Serves until a signal or a fault ends it.
    static func run(_ settings: Settings) -> ExitStatus {
        Signals.block()
        Resources.useAllDescriptors()
        let log = OperatorLog(level: settings.logLevel)
        defer { log.finish() }
        do throws(StartError) {
            let start = try begin(settings, log)
            defer { for socket in start.sockets { socket.removeFile() } }
            return serve(start, settings, log)
        } catch {
            log.write(LogEntry(.startFailed, .error, error.description))
            // Who starts by hand looks here, and not into the journal.
            if log.isSilentOnStandardError { StandardError.write("ipamd: \(error)\n") }
            return error.status
        }
    }

    /// What a start has in hand before the first client.
    private struct Start: Sendable {
        let sockets: [ListeningSocket]
        let opened: OpenedDirectory
    }

    private static func begin(
        _ settings: Settings, _ log: OperatorLog
    ) throws(StartError) -> Start {
        let (sockets, areOwn) = try takeSockets(settings, log)
        do throws(StartError) {
            let opened = try openStore(settings, areSocketsOwn: areOwn)
            log.note(opened.result, in: settings.stateDirectory)
            return Start(sockets: sockets, opened: opened)
        } catch {
            for socket in sockets { socket.removeFile() }
            throw error
        }
    }

    private static func takeSockets(
        _ settings: Settings, _ log: OperatorLog
    ) throws(StartError) -> (sockets: [ListeningSocket], areOwn: Bool) {
        do throws(SocketError) {
            let passed = try Activation.takeListening()
            if !passed.isEmpty {
                if let path = settings.socketPath {
                    log.write(
                        LogEntry(
                            .noticed, .notice,
                            "--socket \(path) is not used: the service manager passed a socket"))
                }
                return (passed, false)
            }
            guard let path = settings.socketPath else { throw .none }
            let group = try settings.socketGroup.map { (name) throws(SocketError) in
                guard let number = UserDatabase.group(named: name) else {
                    throw .unknownGroup(name)
                }
                return number
            }
            return (
                [try ListeningSocket(path: path, mode: settings.socketMode, group: group)], true
            )
        } catch {
            throw .socket(error)
        }
    }

    /// Recovers the state.
    ///
    /// A daemon with damaged files starts all the same, and answers everything with what is
    /// wrong: one that ended would be started again and again for the clients that wait. Only
    /// where nobody starts it again does it end at a directory that it cannot even open.
    private static func openStore(
        _ settings: Settings, areSocketsOwn: Bool
    ) throws(StartError) -> OpenedDirectory {
        let disk: PosixDisk
        do throws(DiskError) {
            disk = try PosixDisk(directory: settings.stateDirectory)
        } catch {
            guard !areSocketsOwn else { throw .store(.disk(error)) }
            return OpenedDirectory(result: .failure(.disk(error)))
        }
        var storeSettings = StoreSettings(
            segmentBytes: settings.segmentBytes, machineID: MachineID.read(),
            newIncarnation: .random(in: 1...UInt64.max),
            salt: { .random(in: 0...UInt64.max) })
        storeSettings.allocationsPerUserMax = settings.allocationsPerUserMax
        let open = { @Sendable [storeSettings] () throws(StoreError) in
            try Store.open(disk, storeSettings, at: .now)
        }
        do throws(StoreError) {
            return OpenedDirectory(result: .success(try open()), again: open)
        } catch {
            if case .locked = error { throw .store(error) }
            return OpenedDirectory(result: .failure(error))
        }
    }

    /// From the first accept to the last answer.
    private static func serve(
        _ start: Start, _ settings: Settings, _ log: OperatorLog
    ) -> ExitStatus {
        // One loop owns sockets and state: there is nothing to lock, and requests that are
        // readable together become durable together.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let end = loop.makePromise(of: ExitStatus.self)
        loop.execute {
            let lifetime = Lifetime(
                start.opened, settings: settings, log: log,
                loop: loop.assumeIsolated(), end: end)
            lifetime.begin(start.sockets, group: group)
            let bound = NIOLoopBound(lifetime, eventLoop: loop)
            Signals.awaitTermination { signal in
                loop.execute { bound.value.stop(signal) }
            }
        }
        do {
            return try end.futureResult.wait()
        } catch {
            preconditionFailure("The end of the daemon is a status and never an error: \(error).")
        }
    }
}

/// What became of opening the state directory.
struct OpenedDirectory: Sendable {
    let result: Result<Opened, StoreError>
    /// Opens it once more, with the lock that was taken.
    var again: (@Sendable () throws(StoreError) -> Opened)?
}

/// Why a start came to nothing.
enum StartError: Error, CustomStringConvertible {
    case socket(SocketError)
    case store(StoreError)

    var description: String {
        switch self {
        case .socket(let error): error.description
        case .store(let error): error.description
        }
    }

    var status: ExitStatus {
        switch self {
        case .socket(.none), .socket(.unknownGroup), .socket(.pathTooLong): .usage
        case .socket(.inUse), .store(.locked): .taken
        case .socket, .store: .failure
        }
    }
}

extension Activation {
    /// The sockets that the service manager passed, ready to be listened on.
    fileprivate static func takeListening() throws(SocketError) -> [ListeningSocket] {
        do throws(ActivationError) {
            return try takeSockets().map { ListeningSocket($0) }
        } catch {
            throw .activation(error)
        }
    }
}

extension OperatorLog {
    /// What the start found in the state directory.
    fileprivate func note(_ opened: Result<Opened, StoreError>, in directory: String) {
        switch opened {
        case .success(.ready(let ready)): note(ready.recovery, in: directory)
        case .success(.readOnly(_, let recovery, let error)):
            note(recovery, in: directory)
            write(
                LogEntry(
                    .readOnly, .alert,
                    "\(directory) cannot be written, changes are refused: \(error)"))
        case .failure(let error):
            write(
                LogEntry(
                    .damaged, .alert,
                    "\(directory) cannot be used, everything is refused: \(error)"
                ).with(error))
        }
    }

    private func note(_ recovery: Recovery, in directory: String) {
        var text = "\(directory) is new"
        if !recovery.isFirstStart {
            text = """
                \(directory) read: LSN \(recovery.lsn), \(recovery.recordsReplayed) records \
                behind checkpoint \(recovery.checkpointGeneration)
                """
            if !recovery.isAfterCleanStop { text += ", after a stop that was not in order" }
        }
        write(LogEntry(.recovered, .info, text).with(.lsn, recovery.lsn))
        for note in recovery.notes {
            write(LogEntry(.recovered, .warning, note).with(.lsn, recovery.lsn))
        }
    }
}

extension LogEntry {
    /// The entry with the place of the damage.
    fileprivate func with(_ error: StoreError) -> LogEntry {
        switch error {
        case .damaged(let file, let offset, _): with(.file, file).with(.offset, offset)
        case .foreign(let file, _): with(.file, file)
        case .disk(let error): with(.file, error.file)
        case .locked, .poisoned, .oversized: self
        }
    }
}
