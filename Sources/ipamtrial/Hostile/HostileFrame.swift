import IPAM

/// Writes what no client of ours would: any header, any body. It shares the fields' encoding with
/// the daemon and nothing of the sessions, which refuse to write such things.
enum HostileFrame {
    enum Opcode: UInt8 {
        case hello = 0x01
        case apply = 0x02
        case request
        case release, delete, list, used, status, check, explain, usage, who, batch, watch, cancel
        case backup, reconcile, access, namespaces, metrics
    }

    static let headerBytes = 16
    private static let more: UInt8 = 1

    static func header(
        bodyBytes: UInt32, opcode: UInt8, flags: UInt8 = 0, reserved: UInt16 = 0,
        correlation: UInt64
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: headerBytes)
        writer.append(integer: bodyBytes)
        writer.append(integer: opcode)
        writer.append(integer: flags)
        writer.append(integer: reserved)
        writer.append(integer: correlation)
        return writer.bytes
    }

    /// A message in as many frames as it takes.
    static func message(_ opcode: Opcode, _ correlation: UInt64, _ body: [UInt8]) -> [UInt8] {
        let bodyMax = Limits.frameBytesMax - headerBytes
        var bytes: [UInt8] = []
        var rest = body[...]
        repeat {
            let part = rest.prefix(bodyMax)
            rest = rest.dropFirst(bodyMax)
            bytes += header(
                bodyBytes: UInt32(part.count), opcode: opcode.rawValue,
                flags: rest.isEmpty ? 0 : more, correlation: correlation)
            bytes += part
        } while !rest.isEmpty
        return bytes
    }

    static func message(
        _ opcode: Opcode, _ correlation: UInt64, _ fields: (inout ByteWriter) -> Void
    ) -> [UInt8] {
        var body = ByteWriter()
        fields(&body)
        return message(opcode, correlation, body.bytes)
    }

    /// A frame that says that its message goes on.
    static func unfinished(_ opcode: Opcode, _ correlation: UInt64, _ body: [UInt8]) -> [UInt8] {
        header(
            bodyBytes: UInt32(body.count), opcode: opcode.rawValue, flags: more,
            correlation: correlation) + body
    }

    static func hello(software: String = "ipamtrial attack") -> [UInt8] {
        message(.hello, 1) { body in
            body.field(.critical(1), UInt16(1))
            body.field(.critical(2), UInt32(Limits.frameBytesMax))
            body.field(4, software)
        }
    }
}

/// Counts the answers in what the daemon sends, and keeps nothing else of it.
struct AnswerCounter {
    private var header: [UInt8] = []
    private var bodyLeft = 0
    private(set) var count = 0

    private static let event: UInt8 = 0xf1
    private static let goodbye: UInt8 = 0xf0

    mutating func take(_ bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let skipped = rest.prefix(bodyLeft)
            bodyLeft -= skipped.count
            rest = rest.dropFirst(skipped.count)
            guard bodyLeft == 0 else { return }
            let part = rest.prefix(HostileFrame.headerBytes - header.count)
            header += part
            rest = rest.dropFirst(part.count)
            if header.count == HostileFrame.headerBytes { takeHeader() }
        }
    }

    private mutating func takeHeader() {
        bodyLeft = header.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let isLast = header[5] & 1 == 0
        if isLast, header[4] != Self.event, header[4] != Self.goodbye { count += 1 }
        header = []
    }
}
