package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 2 | mode | u8: 1 ok, 2 storage-full, 3 read-only, 4 damaged, 5 quarantine |
/// | 3 | detail | text; absent if the mode is ok |
/// | 4 | version | text |
/// | 5 | uptimeMilliseconds | u64 |
/// | 6 | incarnation | u64 |
/// | 7 | durableLSN | u64 |
/// | 8 | prefixCount | u64 |
/// | 9 | allocationCount | u64 |
/// | 10 | waitingCount | u64 |
/// | 11 | connectionCount | u64 |
/// | 12 | stateDirectory | text |
/// | 13 | lastCheckpoint | u64, ms since 1970; absent before the first |
/// | 14 | checkpointLSN | u64 |
/// | 15 | logEntriesDropped | u64 |
extension DaemonStatus: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(2, mode.rawValue)
        writer.field(3, ifPresent: detail)
        writer.field(4, version)
        writer.field(5, uptimeMilliseconds)
        writer.field(6, incarnation)
        writer.field(7, durableLSN)
        writer.field(8, prefixCount)
        writer.field(9, allocationCount)
        writer.field(10, waitingCount)
        writer.field(11, connectionCount)
        writer.field(12, stateDirectory)
        writer.field(13, ifPresent: lastCheckpoint?.milliseconds)
        writer.field(14, checkpointLSN)
        writer.field(15, logEntriesDropped)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var mode: Mode?
        var detail: String?
        var version: String?
        var stateDirectory: String?
        var numbers: [UInt8: UInt64] = [:]
        while let field = try fields.next() {
            switch field.number {
            case 2: mode = try field.value()
            case 3: detail = try field.text()
            case 4: version = try field.text()
            case 5...11, 13...15: numbers[field.number] = try field.integer()
            case 12: stateDirectory = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            mode: try fields.required(mode, 2), detail: detail,
            version: try fields.required(version, 4),
            uptimeMilliseconds: try fields.required(numbers[5], 5),
            incarnation: try fields.required(numbers[6], 6),
            durableLSN: try fields.required(numbers[7], 7),
            prefixCount: try fields.required(numbers[8], 8),
            allocationCount: try fields.required(numbers[9], 9),
            waitingCount: try fields.required(numbers[10], 10),
            connectionCount: try fields.required(numbers[11], 11),
            stateDirectory: try fields.required(stateDirectory, 12),
            lastCheckpoint: numbers[13].map(Instant.init(milliseconds:)),
            checkpointLSN: try fields.required(numbers[14], 14),
            logEntriesDropped: try fields.required(numbers[15], 15))
    }
}
