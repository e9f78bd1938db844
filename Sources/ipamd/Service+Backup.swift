import IPAM
import IPAMEngine
import IPAMStore
import IPAMWire
import Systemd

extension Service {
    /// A part of a copy of the whole state. The first part makes the copy: a checkpoint of all
    /// that is durable, which stays open for as long as its connection.
    func backup(
        _ query: Query.Backup, _ correlation: CorrelationID, for connection: Connection
    ) {
        do throws(Refusal) {
            guard let ledger else { throw damaged }
            try ledger.state.permit(.backup(query), to: connection.caller)
            guard let storage else {
                throw Refusal(.storageFailed, "the storage cannot be written: \(statusLine)")
            }
            if query.offset == 0 {
                storage.openBackup { result in
                    self.opened(result, storage, correlation, for: connection)
                }
            } else if let backup = connection.backup, query.offset <= backup.size {
                send(backup, from: query.offset, storage, correlation, to: connection)
            } else {
                throw Refusal(.malformed, "there is no backup with an offset \(query.offset)")
            }
        } catch {
            append(.refusal(error, lsn: ledger?.lsn ?? 0), correlation, connection)
            note(
                error, "backup", RefusedSubject(),
                Asker(caller: connection.caller, arrival: arrival))
        }
    }

    private func opened(
        _ result: Result<BackupFile, StoreError>, _ storage: Storage,
        _ correlation: CorrelationID, for connection: Connection
    ) {
        switch result {
        case .failure(let error): failed(error, correlation, for: connection)
        case .success(let backup):
            closeBackup(of: connection)
            guard connection.context != nil else { return storage.close(backup) }
            connection.backup = backup
            log.write(
                LogEntry(.backupBegun, .notice, "a copy of the whole state is read")
                    .with(.operation, "backup").with(.lsn, backup.lsn).with(connection.caller))
            send(backup, from: 0, storage, correlation, to: connection)
        }
    }

    private func send(
        _ backup: BackupFile, from offset: UInt64, _ storage: Storage,
        _ correlation: CorrelationID, to connection: Connection
    ) {
        storage.read(backup, at: offset) { result in
            switch result {
            case .failure(let error): self.failed(error, correlation, for: connection)
            case .success(let bytes):
                let part = Answer.BackupPart(size: backup.size, bytes: bytes)
                self.append(
                    .reply(Reply(lsn: backup.lsn, answer: .backup(part))), correlation, connection)
            }
        }
    }

    private func failed(
        _ error: StoreError, _ correlation: CorrelationID, for connection: Connection
    ) {
        append(.refusal(error.refusal, lsn: ledger?.lsn ?? 0), correlation, connection)
    }

    /// The connection has gone, or begins another backup.
    func closeBackup(of connection: Connection) {
        if let backup = connection.backup { storage?.close(backup) }
        connection.backup = nil
    }
}
