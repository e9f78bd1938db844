package import IPAM

extension Reply {
    package var opcode: Opcode {
        switch answer {
        case .applied: .applyAnswer
        case .allocated: .requestAnswer
        case .released: .releaseAnswer
        case .deleted: .deleteAnswer
        case .listed: .listAnswer
        case .used: .usedAnswer
        case .checked: .checkAnswer
        case .status: .statusAnswer
        case .explained: .explainAnswer
        case .usage: .usageAnswer
        case .found: .whoAnswer
        case .batch: .batchAnswer
        case .reconciled: .reconcileAnswer
        case .backup: .backupAnswer
        case .accessed: .accessAnswer
        case .namespaces: .namespacesAnswer
        case .metrics: .metricsAnswer
        }
    }
}

/// Field 1 of every answer is the LSN, u64; the others are the verb's own, from 2.
extension Reply: FieldEncodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, lsn)
        switch answer {
        case .applied(let applied): applied.encode(to: &writer)
        case .allocated(let allocated): allocated.encode(to: &writer)
        case .released(let released): released.encode(to: &writer)
        case .deleted(let deleted): deleted.encode(to: &writer)
        case .listed(let listed): listed.encode(to: &writer)
        case .used(let used): used.encode(to: &writer)
        case .checked(let checked): checked.encode(to: &writer)
        case .status(let status): status.encode(to: &writer)
        case .explained(let explained): explained.encode(to: &writer)
        case .usage(let usage): usage.encode(to: &writer)
        case .found(let found): found.encode(to: &writer)
        case .batch(let batch): batch.encode(to: &writer)
        case .reconciled(let reconciled): reconciled.encode(to: &writer)
        case .backup(let part): part.encode(to: &writer)
        case .accessed(let accessed): accessed.encode(to: &writer)
        case .namespaces(let namespaces): namespaces.encode(to: &writer)
        case .metrics(let metrics): metrics.encode(to: &writer)
        }
    }

    /// Reads the body of an answer; nothing if the opcode is none of an answer to a command or
    /// a query.
    package init?(opcode: Opcode, body: [UInt8]) throws(DecodingFault) {
        var fields = FieldReader(body, structure: opcode.description)
        guard let field = try fields.next(), field.number == 1 else {
            throw fields.missing(1)
        }
        let lsn: UInt64 = try field.integer()
        let answer: Answer
        switch opcode {
        case .applyAnswer: answer = .applied(try Answer.Applied(from: &fields))
        case .requestAnswer: answer = .allocated(try Answer.Allocated(from: &fields))
        case .releaseAnswer: answer = .released(try Answer.Released(from: &fields))
        case .deleteAnswer: answer = .deleted(try Answer.Deleted(from: &fields))
        case .listAnswer: answer = .listed(try Answer.Listed(from: &fields))
        case .usedAnswer: answer = .used(try Answer.UsedBlocks(from: &fields))
        case .statusAnswer: answer = .status(try DaemonStatus(from: &fields))
        case .checkAnswer: answer = .checked(try Answer.Checked(from: &fields))
        case .explainAnswer: answer = .explained(try Answer.Explained(from: &fields))
        case .usageAnswer: answer = .usage(try Answer.UsagePage(from: &fields))
        case .whoAnswer: answer = .found(try Answer.Found(from: &fields))
        case .batchAnswer: answer = .batch(try Answer.Batch(from: &fields))
        case .reconcileAnswer: answer = .reconciled(try Answer.Reconciled(from: &fields))
        case .backupAnswer: answer = .backup(try Answer.BackupPart(from: &fields))
        case .accessAnswer: answer = .accessed(try Answer.Accessed(from: &fields))
        case .metricsAnswer: answer = .metrics(try DaemonMetrics(from: &fields))
        case .namespacesAnswer: answer = .namespaces(try Answer.Namespaces(from: &fields))
        case .hello, .apply, .request, .release, .delete, .list, .used, .status, .check,
            .explain, .usage, .who, .batch, .watch, .cancel, .backup, .reconcile, .access,
            .namespaces, .metrics, .helloAnswer, .watchAnswer, .cancelAnswer, .goodbye, .event,
            .refusal:
            return nil
        }
        self.init(lsn: lsn, answer: answer)
    }
}

extension FieldReader {
    func missing(_ number: UInt8) -> DecodingFault {
        DecodingFault(.missing, structure: structure, number: number)
    }
}

extension ByteWriter {
    /// Repeats the field for as many values as fit into a part of a message, and leaves out the
    /// rest: better a shortened list of faults or warnings than no answer.
    mutating func fields<Value>(
        _ values: [Value], writeOne: (inout ByteWriter, Value) -> Void
    ) {
        let start = bytes.count
        for value in values {
            guard bytes.count - start < Limits.messagePartBytesMax else { return }
            writeOne(&self, value)
        }
    }
}
