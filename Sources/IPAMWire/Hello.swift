package import IPAM

/// The first message of a client: what it speaks and how much it takes.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | version | u16 |
/// | 2, critical | frameBytesMax | u32, the largest frame that the client accepts |
/// | 3 | features | u64, a bit each; none is defined in version 1; absent if zero |
/// | 4 | software | text, for logs |
///
/// Field 1 stays what it is in every version, so that any server can say which ones it speaks.
package struct Hello: Sendable, Hashable {
    /// The versions of the protocol that this implementation speaks.
    package static let versions: ClosedRange<UInt16> = 1...1
    /// The features that this implementation has, a bit each.
    package static let features: UInt64 = 0

    package let version: UInt16
    package let frameBytesMax: UInt32
    package let features: UInt64
    package let software: String

    package init(
        version: UInt16 = Hello.versions.upperBound,
        frameBytesMax: UInt32 = UInt32(Limits.frameBytesMax),
        features: UInt64 = Hello.features, software: String
    ) {
        self.version = version
        self.frameBytesMax = frameBytesMax
        self.features = features
        self.software = software
    }
}

extension Hello: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), version)
        writer.field(.critical(2), frameBytesMax)
        writer.field(3, ifPresent: features == 0 ? nil : features)
        writer.field(4, software)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var version: UInt16?
        var frameBytesMax: UInt32?
        var features: UInt64 = 0
        var software: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: version = try field.integer()
            case 2: frameBytesMax = try field.integer()
            case 3: features = try field.integer()
            case 4: software = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            version: try fields.required(version, 1),
            frameBytesMax: try fields.required(frameBytesMax, 2), features: features,
            software: try fields.required(software, 4))
        guard self.frameBytesMax >= UInt32(Limits.frameBytesLeast) else {
            throw fields.invalid("\(self.frameBytesMax) is less than 4096, the least", 2)
        }
        guard self.software.utf8.count <= Limits.softwareNameBytesMax else {
            throw fields.invalid("it has more than \(Limits.softwareNameBytesMax) bytes", 4)
        }
    }

    /// The version alone, of a hello of whatever version: its other fields may mean anything.
    static func version(in body: [UInt8]) throws(DecodingFault) -> UInt16 {
        var fields = FieldReader(body, structure: "hello")
        guard let field = try fields.next(), field.number == 1 else {
            throw DecodingFault(.missing, structure: "hello", number: 1)
        }
        return try field.integer()
    }
}

/// What both sides hold to once the hello is answered.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | lsn | u64, the last durable change |
/// | 2 | version | u16 |
/// | 3 | features | u64, what both sides have; absent if zero |
/// | 4 | frameBytesMax | u32, the largest frame that the server accepts |
/// | 5 | messageBytesMax | u32, the largest message of either side |
/// | 6 | requestsInFlightMax | u32 |
/// | 7 | incarnation | u64 |
/// | 8 | role | u8: 1 administrator, 2 agent, 3 observer, 4 stranger |
/// | 9 | software | text |
package struct Agreement: Sendable, Hashable {
    package var durableLSN: UInt64
    package var version: UInt16
    package var features: UInt64
    package var frameBytesMax: UInt32
    package var messageBytesMax: UInt32
    package var requestsInFlightMax: UInt32
    /// LSNs of different incarnations cannot be compared.
    package var incarnation: UInt64
    /// What the caller may do here.
    package var role: Caller.Role
    /// Name and version of the server.
    package var server: String

    package init(
        durableLSN: UInt64, version: UInt16 = Hello.versions.upperBound,
        features: UInt64 = 0, frameBytesMax: UInt32 = UInt32(Limits.frameBytesMax),
        messageBytesMax: UInt32 = UInt32(Limits.messageBytesMax),
        requestsInFlightMax: UInt32 = UInt32(Limits.requestsInFlightMax), incarnation: UInt64,
        role: Caller.Role, server: String
    ) {
        self.durableLSN = durableLSN
        self.version = version
        self.features = features
        self.frameBytesMax = frameBytesMax
        self.messageBytesMax = messageBytesMax
        self.requestsInFlightMax = requestsInFlightMax
        self.incarnation = incarnation
        self.role = role
        self.server = server
    }
}

extension Agreement: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, durableLSN)
        writer.field(2, version)
        writer.field(3, ifPresent: features == 0 ? nil : features)
        writer.field(4, frameBytesMax)
        writer.field(5, messageBytesMax)
        writer.field(6, requestsInFlightMax)
        writer.field(7, incarnation)
        writer.field(8, role.rawValue)
        writer.field(9, server)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var durableLSN: UInt64?
        var version: UInt16?
        var features: UInt64 = 0
        var (frameBytesMax, messageBytesMax): (UInt32?, UInt32?)
        var requestsInFlightMax: UInt32?
        var incarnation: UInt64?
        var role: Caller.Role?
        var server: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: durableLSN = try field.integer()
            case 2: version = try field.integer()
            case 3: features = try field.integer()
            case 4: frameBytesMax = try field.integer()
            case 5: messageBytesMax = try field.integer()
            case 6: requestsInFlightMax = try field.integer()
            case 7: incarnation = try field.integer()
            case 8: role = try field.value()
            case 9: server = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            durableLSN: try fields.required(durableLSN, 1),
            version: try fields.required(version, 2), features: features,
            frameBytesMax: try fields.required(frameBytesMax, 4),
            messageBytesMax: try fields.required(messageBytesMax, 5),
            requestsInFlightMax: try fields.required(requestsInFlightMax, 6),
            incarnation: try fields.required(incarnation, 7),
            role: try fields.required(role, 8), server: try fields.required(server, 9))
        guard self.frameBytesMax >= UInt32(Limits.frameBytesLeast) else {
            throw fields.invalid("\(self.frameBytesMax) is less than 4096, the least", 4)
        }
    }
}
