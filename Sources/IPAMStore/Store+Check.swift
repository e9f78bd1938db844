/// Something that is to be said about a state directory.
package struct Finding: Sendable, Hashable {
    package enum Severity: Sendable, Hashable {
        /// Bytes that were durable are wrong or missing.
        case damage
        /// Worth knowing, and no fault.
        case note
    }

    package let severity: Severity
    package let file: String
    package let offset: UInt64?
    package let sentence: String
}

extension Finding: CustomStringConvertible {
    /// `damage: journal-0000000000000002 at offset 8192: ...`
    package var description: String {
        let kind =
            switch severity {
            case .damage: "damage"
            case .note: "note"
            }
        let place = offset.map { " at offset \($0)" } ?? ""
        return "\(kind): \(file)\(place): \(sentence)"
    }
}

extension Store {
    /// Proves a state directory, without changing or locking it: every checkpoint and every
    /// journal for itself, and then what a start would make of them together.
    ///
    /// While a daemon serves the directory, its newest journal may look torn.
    package static func check(_ disk: any Disk) -> [Finding] {
        var findings: [Finding] = []
        do throws(StoreError) {
            let replay = try Replay(disk, machineID: 0)
            for generation in replay.inventory.checkpoints {
                do throws(StoreError) { _ = try replay.load(generation) } catch {
                    findings.append(Finding(error))
                }
            }
            findings += journalFindings(disk, replay.inventory.journals.sorted())
            for name in replay.inventory.strangers {
                findings.append(
                    Finding(
                        severity: .note, file: name, offset: nil,
                        sentence: "it is no file of ipamd, and is left alone"))
            }
            findings += startFindings(replay, unless: findings)
        } catch {
            findings.append(Finding(error))
        }
        return findings
    }

    /// Each journal for itself, from where it says it begins to where the next one says it ends.
    private static func journalFindings(_ disk: any Disk, _ journals: [UInt64]) -> [Finding] {
        var findings: [Finding] = []
        var successor: JournalPosition?
        for journal in journals.reversed() {
            do throws(StoreError) {
                let file = StoreFile.journal(journal)
                var (reader, handle) = try disk.reader(file)
                defer { disk.close(handle) }
                let header = try reader.header(.journal, generation: journal)
                let end = successor
                successor = header.position
                var scan = try SegmentScan(
                    reader, header: header, expected: header.position, successor: end)
                while let (frame, offset) = try scan.next() {
                    guard frame.kind == .records else { continue }
                    _ = try frame.records(file: file.name, offset: offset)
                }
            } catch {
                findings.append(Finding(error))
            }
        }
        return findings.reversed()
    }

    /// What a start would say, but for what was found already.
    private static func startFindings(_ replay: Replay, unless found: [Finding]) -> [Finding] {
        do throws(StoreError) {
            let outcome = try replay.run(newIncarnation: 0)
            guard !outcome.recovery.isFirstStart else { return [] }
            return outcome.recovery.notes.map { note in
                Finding(severity: .note, file: "the directory", offset: nil, sentence: note)
            }
        } catch {
            let finding = Finding(error)
            return found.contains(finding) ? [] : [finding]
        }
    }
}

extension Finding {
    fileprivate init(_ error: StoreError) {
        switch error {
        case .damaged(let file, let offset, let sentence):
            self.init(severity: .damage, file: file, offset: offset, sentence: sentence)
        case .foreign(let file, let sentence):
            self.init(severity: .damage, file: file, offset: 0, sentence: sentence)
        case .disk(let fault):
            self.init(
                severity: .damage, file: fault.file, offset: nil, sentence: fault.description)
        case .locked, .poisoned, .oversized:
            self.init(
                severity: .damage, file: "the directory", offset: nil,
                sentence: error.description)
        }
    }
}
