import CLinux
import IPAM
import Testing

@testable import IPAMStore
@testable import ipamsim

@Suite struct FormatTests {
    @Test func `the CRC is that of RFC 3720, by the instruction and by tables`() {
        // RFC 3720 appendix B.4, and the check value of the usual catalogues.
        let cases: [(bytes: [UInt8], crc: UInt32)] = [
            (Array("123456789".utf8), 0xe306_9283),
            ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
            (Array(0..<32), 0x46dd_794e),
            ([], 0),
        ]
        for (bytes, crc) in cases {
            #expect(CRC32C.checksum(bytes.span.bytes) == crc)
            #expect(clinux_crc32c_tables(0, bytes, bytes.count) == crc)
        }
    }

    @Test func `a CRC goes on where another ended`() {
        let bytes: [UInt8] = Array(0...200)
        let whole = CRC32C.checksum(bytes.span.bytes)
        for cut in [0, 1, 7, 8, 9, 200] {
            let first = CRC32C.checksum(bytes.span.extracting(first: cut).bytes)
            let rest = bytes.span.extracting(droppingFirst: cut).bytes
            #expect(CRC32C.checksum(rest, after: first) == whole)
        }
    }

    @Test func `names of files are read back, and only our own spelling`() {
        let files: [StoreFile] = [
            .lock, .spare, .checkpoint(1), .journal(0xabc), .checkpointInProgress((1 << 47) - 1),
            .journalInProgress(2), .torn(7),
        ]
        for file in files { #expect(StoreFile(name: file.name) == file) }
        for name in [
            "journal-1", "journal-000000000000000A", "journal-0000000000000001.bak",
            "checkpoint-00000000000000001", "torn-0000000000000001.tmp", "", "-", "journal-",
            "journal-ffffffffffffffff", "checkpoint-0000800000000000.tmp",
        ] {
            #expect(StoreFile(name: name) == nil)
        }
    }

    private let header = FileHeader(
        machineID: 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10, incarnation: 0x1112, generation: 3,
        position: JournalPosition(lsn: 0x21, chain: 0x3132_3334), salt: 0x41, segmentBytes: 65_536,
        made: Instant(milliseconds: 0x51), kind: .journal)

    @Test func `a header has the bytes that FORMAT says`() throws {
        let bytes = header.bytes
        let start: [UInt8] =
            Array("ipamjrnl".utf8) + [1, 0, 1, 0, 0, 0, 0, 0]
            + [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
            + [0x12, 0x11, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
            + [0x21, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x33, 0x32, 0x31, 0, 0, 0, 0]
            + [0x41, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
            + [0x51, 0, 0, 0, 0, 0, 0, 0]
        #expect(Array(bytes.prefix(88)) == start)
        #expect(bytes.count == 4096)
        let read = try FileHeader(bytes, kind: .journal, generation: 3, file: "x")
        #expect(read == header)
    }

    @Test func `any other byte of a header is refused`() {
        for index in 0..<4096 {
            var bytes = header.bytes
            bytes[index] ^= 0x10
            #expect(throws: StoreError.self) {
                try FileHeader(bytes, kind: .journal, generation: 3, file: "x")
            }
        }
        #expect(throws: StoreError.self) {
            try FileHeader(header.bytes, kind: .journal, generation: 4, file: "x")
        }
        #expect(throws: StoreError.self) {
            try FileHeader(header.bytes, kind: .checkpoint, generation: 3, file: "x")
        }
    }

    private func frame(seed: UInt32, payload: [UInt8] = [1, 0, 0, 0, 9]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Frame.headerBytes) + payload
        _ = Frame.finish(
            &bytes, .records, count: 1, first: 5, durableLSN: 4, previous: 6, seed: seed)
        return bytes
    }

    private func read(_ bytes: [UInt8], seed: UInt32) throws -> Result<Frame, FrameFault> {
        let disk = SimulatedDisk()
        let file = try disk.create("x")
        try disk.write(file, at: 0, bytes)
        var reader = try FrameReader(disk, file)
        return try reader.frame(at: 0, seed: seed)
    }

    @Test func `a frame is read as it was written, and fills whole blocks`() throws {
        let bytes = frame(seed: 1)
        #expect(bytes.count == 4096)
        let frame = try read(bytes, seed: 1).get()
        #expect(frame.kind == .records)
        #expect((frame.count, frame.first, frame.durableLSN, frame.previous) == (1, 5, 4, 6))
        #expect(try frame.items() == [44..<45])
    }

    @Test func `what was left over from another file never verifies`() throws {
        for seed in UInt32(2)..<50 {
            #expect(throws: FrameFault.self) { try read(frame(seed: 1), seed: seed).get() }
        }
    }

    @Test func `each salt makes another seed`() {
        var other = header
        other.salt ^= 1
        #expect(other.seed != header.seed)
    }

    @Test func `a length is compared with the file before anything is made of it`() throws {
        var bytes = frame(seed: 1)
        bytes.replace(at: 4, with: UInt32.max)
        #expect(throws: FrameFault("the frame is longer than the file")) {
            try read(bytes, seed: 1).get()
        }
    }

    @Test(arguments: [
        [2, 0, 0, 0, 9], [1, 0, 0], [255, 255, 255, 255], [0, 0, 0, 0, 0, 0, 0, 0],
    ])
    func `items that do not make up the payload are refused`(payload: [UInt8]) throws {
        let frame = try read(frame(seed: 1, payload: payload), seed: 1).get()
        #expect(throws: FrameFault.self) { try frame.items() }
    }
}
