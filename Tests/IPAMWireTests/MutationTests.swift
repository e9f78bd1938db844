import IPAM
import IPAMWire
import Seeded
import Testing

/// Bytes that nobody meant: they end in a fault or in a value, never in a trap.
@Suite struct MutationTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a mutated message is refused or has one encoding`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for vector in try Specification.goodVectors() where vector.frameBytesMax == nil {
            for _ in 0..<20 {
                var body = Array(vector.bytes.dropFirst(FrameHeader.byteCount))
                random.mutate(&body)
                do {
                    let value = try Sample(vector.message, body: body)
                    compute(value)
                    #expect(try Sample(vector.message, body: value.body) == value)
                } catch is DecodingFault {
                    // As it should be.
                }
            }
        }
    }

    /// What a program does with the numbers that came in.
    private func compute(_ value: Sample) {
        guard case .reply(let reply) = value, case .usage(let page) = reply.answer else { return }
        for item in page.items {
            #expect((0...1).contains(item.usedShare) && (0...1).contains(item.fragmentation))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a server survives any stream, and takes no more than it agreed to`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for vector in try Specification.goodVectors() {
            var server = try Dialogue.greeted().server
            var stream = vector.bytes
            random.mutate(&stream)
            var decoder = FrameDecoder()
            do throws(ProtocolError) {
                for byte in stream {
                    decoder.append([byte])
                    while let frame = try decoder.next() {
                        _ = server.receive(frame, durableLSN: 1)
                    }
                }
            } catch {
                #expect(!server.goodbye(error).isEmpty)
            }
        }
    }
}

extension SeededGenerator {
    /// Changes, drops, repeats or cuts a few bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            default: bytes.removeSubrange(index...)
            }
        }
    }
}
