package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 2 | request | repeated count, by opcode |
/// | 3 | refusal | repeated count, by code |
/// | 4 | commitMicroseconds | histogram |
/// | 5 | batchChanges | histogram |
/// | 6 | checkpointMicroseconds | u64; absent: none was made since the start |
/// | 7 | checkpointFailureCount | u64 |
/// | 8 | watchCount | u64 |
extension DaemonMetrics: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, requests)
        writer.fields(3, refusals)
        writer.field(4, commitMicroseconds)
        writer.field(5, batchChanges)
        writer.field(6, ifPresent: checkpointMicroseconds)
        writer.field(7, checkpointFailureCount)
        writer.field(8, watchCount)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var requests: [Count] = []
        var refusals: [Count] = []
        var commits: Histogram?
        var batches: Histogram?
        var checkpoint: UInt64?
        var failures: UInt64?
        var watches: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 2: try Self.append(field, to: &requests)
            case 3: try Self.append(field, to: &refusals)
            case 4: commits = try field.structure("histogram")
            case 5: batches = try field.structure("histogram")
            case 6: checkpoint = try field.integer()
            case 7: failures = try field.integer()
            case 8: watches = try field.integer()
            default: try field.skip()
            }
        }
        self.init(
            requests: requests, refusals: refusals,
            commitMicroseconds: try fields.required(commits, 4),
            batchChanges: try fields.required(batches, 5), checkpointMicroseconds: checkpoint,
            checkpointFailureCount: try fields.required(failures, 7),
            watchCount: try fields.required(watches, 8))
    }

    private static func append(
        _ field: Field, to counts: inout [Count]
    ) throws(DecodingFault) {
        let count: Count = try field.structure("count", isRepeatable: true)
        if let last = counts.last, count.number <= last.number {
            throw field.invalid("\(count.number) does not come after \(last.number)")
        }
        counts.append(count)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | number | u16 |
/// | 2 | count | u64 |
extension DaemonMetrics.Count: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, number)
        writer.field(2, count)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var number: UInt16?
        var count: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: number = try field.integer()
            case 2: count = try field.integer()
            default: try field.skip()
            }
        }
        self.init(
            number: try fields.required(number, 1), count: try fields.required(count, 2))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | bound | repeated u64, ascending |
/// | 2 | count | repeated u64: one for each bound, and one for the values above the last |
/// | 3 | sum | u64 |
extension Histogram: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        for bound in bounds { writer.field(1, bound) }
        for count in counts { writer.field(2, count) }
        writer.field(3, sum)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var bounds: [UInt64] = []
        var counts: [UInt64] = []
        var sum: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: bounds.append(try field.integer(isRepeatable: true))
            case 2: counts.append(try field.integer(isRepeatable: true))
            case 3: sum = try field.integer()
            default: try field.skip()
            }
        }
        let histogram = Histogram(
            bounds: bounds, counts: counts, sum: try fields.required(sum, 3))
        guard let histogram else {
            throw fields.invalid("bounds ascend, and there is one count more than bounds")
        }
        self = histogram
    }
}
