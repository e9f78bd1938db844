import IPAM
import IPAMWire
import Testing

/// The vectors of `proto-spec` and the code are the same bytes.
@Suite struct VectorTests {
    @Test func `each good vector has a sample, and each sample a vector`() throws {
        let names = try Specification.goodVectors().map(\.name)
        #expect(Set(names) == Set(try Samples.all().keys))
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: try Specification.goodVectors())
    func `a sample is written as the bytes of its vector`(vector: GoodVector) throws {
        let sample = try #require(try Samples.all()[vector.name])
        let most = vector.frameBytesMax ?? Limits.frameBytesMax
        #expect(frames(sample, vector.correlation, most) == vector.bytes)
    }

    @Test(arguments: try Specification.goodVectors())
    func `the bytes of a vector are read as its sample`(vector: GoodVector) throws {
        var decoder = FrameDecoder()
        decoder.append(vector.bytes)
        var body: [UInt8] = []
        var hasMore = true
        while hasMore {
            let frame = try #require(try decoder.next())
            #expect(frame.header.correlation == vector.correlation)
            body += frame.body
            hasMore = frame.header.hasMore
        }
        #expect(!decoder.isMidFrame)
        #expect(try Sample(vector.message, body: body) == Samples.all()[vector.name])
    }

    @Test(arguments: try Specification.malformedVectors())
    func `what is malformed ends as its vector says`(vector: MalformedVector) throws {
        var server = try vector.afterHello ? Dialogue.greeted().server : Dialogue.newServer()
        #expect(try outcome(of: vector.bytes, &server) == "\(vector.outcome) \(vector.code ?? "")")
    }

    /// What a server does in the end, as the vectors spell it.
    private func outcome(of bytes: [UInt8], _ server: inout ServerSession) throws -> String {
        var decoder = FrameDecoder()
        decoder.append(bytes)
        do throws(ProtocolError) {
            while let frame = try decoder.next() {
                switch server.receive(frame, durableLSN: 1) {
                case .execute, .answer, .watch, .cancel: return "execute "
                case .wait: continue
                case .close(let bytes): return "goodbye \(try code(of: bytes))"
                case .send(let bytes): return "refusal \(try code(of: bytes))"
                }
            }
            return "wait "
        } catch {
            return "goodbye \(try code(of: server.goodbye(error)))"
        }
    }

    private func code(of bytes: [UInt8]) throws(ProtocolError) -> String {
        let body = Array(bytes.dropFirst(FrameHeader.byteCount))
        do {
            switch try Sample(
                bytes[4] == Opcode.goodbye.rawValue ? "goodbye" : "refusal", body: body)
            {
            case .goodbye(let goodbye): return goodbye.knownCode?.description ?? ""
            case .refusal(let body): return body.refusal.code.description
            case .hello, .agreement, .request, .reply, .event, .watchAnswer, .cancelAnswer:
                return ""
            }
        } catch {
            return "\(error)"
        }
    }

    private func frames(_ sample: Sample, _ id: CorrelationID, _ most: Int) -> [UInt8] {
        var rest = sample.body[...]
        var bytes: [UInt8] = []
        repeat {
            let piece = rest.prefix(most - FrameHeader.byteCount)
            rest = rest.dropFirst(piece.count)
            var writer = ByteWriter()
            writer.append(integer: UInt32(piece.count))
            writer.append([sample.opcode.rawValue, rest.isEmpty ? 0 : 1, 0, 0])
            writer.append(integer: id)
            writer.append(piece)
            bytes += writer.bytes
        } while !rest.isEmpty
        return bytes
    }
}
