import Foundation
import Glibc
import IPAM
import IPAMWire
import Testing

@testable import ipamd

/// Clients that do not keep to the protocol. None of them ends the daemon or changes anything.
@Suite struct `Bad input` {
    /// Bytes, and the code of the goodbye that they earn.
    static let faults: [(bytes: [UInt8], code: ProtocolError.Code)] = [
        (header(length: 0xffff_ffff), .frameTooLarge),
        (header(length: 65_521), .frameTooLarge),
        (header(flags: 0x80), .unknownFlag),
        (header(reserved: 1), .badFrame),
        (header(opcode: 0x03, correlation: 1), .helloExpected),
        (header(opcode: 0xff, correlation: 1), .unexpectedOpcode),
        (Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), .frameTooLarge),
    ]

    static func header(
        length: UInt32 = 0, opcode: UInt8 = 1, flags: UInt8 = 0, reserved: UInt16 = 0,
        correlation: UInt64 = 1
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: length.littleEndian) { bytes.append(contentsOf: $0) }
        bytes += [opcode, flags]
        withUnsafeBytes(of: reserved.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: correlation.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    @Test func `ends its own connection with a reason, and nothing else`() throws {
        let daemon = try DaemonProcess()
        let good = try daemon.connect()
        try good.makeRoot("10.0.0.0/24")
        for (bytes, code) in Self.faults {
            let bad = try daemon.connect(greets: false)
            try bad.write(bytes)
            #expect(try bad.expectGoodbye() == code)
        }
        #expect(try good.request("one").description == "10.0.0.0/26")
        #expect(try good.status().durableLSN == 2)
    }

    /// An opcode that is not known, and a body that is none.
    @Test(arguments: [(UInt8(0x7f), RefusalCode.unknownOpcode), (0x03, .malformed)])
    func `in a body is refused, and the connection lives on`(
        opcode: UInt8, code: RefusalCode
    ) throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.makeRoot("10.0.0.0/24")
        let foreign: CorrelationID = 1 << 40
        try client.write(Self.header(opcode: opcode, correlation: foreign))
        let answer = try client.read()
        let header = try FrameHeader.parse(answer.span.bytes)
        #expect(header.opcode == Opcode.refusal.rawValue)
        #expect(header.correlation == foreign)
        let body = FrameHeader.byteCount..<answer.count
        var fields = FieldReader(answer, range: body, structure: "refusal")
        #expect(try RefusalBody(from: &fields).refusal.code == code)
        #expect(try client.request("one").description == "10.0.0.0/26")
    }

    @Test func `half a frame is not waited for`() throws {
        let daemon = try DaemonProcess()
        let client = try daemon.connect()
        try client.write(Array(Self.header(length: 100, opcode: 0x03)[..<9]))
        #expect(try client.expectGoodbye() == .halfFrameTimeout)
        #expect(try daemon.connect().status().mode == .ok)
    }

    @Test func `a client that vanishes in the middle of a frame leaves no trace`() throws {
        let daemon = try DaemonProcess()
        for _ in 0..<50 {
            let client = try daemon.connect()
            try client.write(Array(Self.header(length: 100, opcode: 0x03)))
        }
        let client = try daemon.connect()
        var count = try client.status().connectionCount
        while count > 1 { count = try client.status().connectionCount }
        #expect(try client.status().durableLSN == 0)
    }

    @Test func `too many connections are refused with a reason, and those before them stay`()
        throws
    {
        let descriptors = DaemonLimits.descriptorsReserved + 36
        let daemon = try DaemonProcess(.limited(descriptors: descriptors))
        let allowed = descriptors - DaemonLimits.descriptorsReserved
        var clients: [TestClient] = []
        clients.append(try daemon.connect())
        while try clients[0].status().connectionCount > 1 { usleep(10_000) }
        while clients.count < allowed { clients.append(try daemon.connect()) }
        let excess = try daemon.connect(greets: false)
        #expect(try excess.expectGoodbye() == .tooManyConnections)
        #expect(try clients[0].status().connectionCount == UInt64(allowed))
        clients.removeLast()
        while try clients[0].status().connectionCount == UInt64(allowed) { usleep(10_000) }
        #expect(try daemon.connect().status().mode == .ok)
    }

    @Test func `a client that does not read is not read either, and nobody else waits`() throws {
        let daemon = try DaemonProcess()
        let good = try daemon.connect()
        try good.makeRoot("10.0.0.0/16")
        for number in 0..<300 { _ = try good.request("n\(number)", length: 28) }
        let late = try daemon.connect()
        let never = try daemon.connect()
        // Each asks for a page of some 50 kB. The kernel holds some hundred such requests: a
        // daemon that lets 1000 in has read most of them, and keeps their answers.
        for _ in 0..<200 { try late.post(.list(.init(kind: .prefixAllocation))) }
        let taken = try never.postWhileTaken(.list(.init(kind: .prefixAllocation)), most: 1000)
        #expect(taken < 1000)
        #expect(try good.request("still", length: 28).length == 28)
        #expect(try daemon.residentBytes() < 150 << 20)
        for _ in 0..<200 {
            guard case .reply = try late.nextEvent() else { throw TestClient.Closed() }
        }
        while try good.status().connectionCount > 2 { usleep(100_000) }
        #expect(try late.status().mode == .ok)
    }
}

extension DaemonProcess {
    /// The memory that the daemon occupies (proc(5), the second number of statm, in pages).
    func residentBytes() throws -> Int {
        let path = "/proc/\(process.processIdentifier)/statm"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(Int(text.split(separator: " ")[1])) * 4096
    }
}
