import Foundation
import IPAM
import IPAMStore
import Testing

@testable import ipamfuzz

/// Replays what the fuzzers kept, without libFuzzer: an input that was a finding once stays a
/// test, and so does what reaches code that nothing else reaches.
@Suite struct CorporaTests {
    @Test(arguments: FuzzTarget.allCases)
    func `no input that was kept is a finding`(_ target: FuzzTarget) throws {
        let inputs = try Self.inputs(target.rawValue)
        #expect(inputs.count >= 10)
        for (name, bytes) in inputs {
            do throws(FuzzFinding) {
                try target.run(bytes)
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `no input from which a fuzzer begins is a finding`(_ target: FuzzTarget) throws {
        for seed in Seeds.seeds(of: target) { try target.run(seed) }
    }

    @Test func `a directory made from its recipe is read as the one that the store wrote`() throws {
        let lives = Seeds.moments
        #expect(lives.count > 10)
        for files in lives {
            let again = DirectoryRecipe(RecipeMaker.recipe(of: files)).files
            guard case .recovered(let recovered) = ReferenceReader(files).verdict,
                case .recovered(let made) = ReferenceReader(again).verdict
            else {
                Issue.record("a directory of our own is refused")
                continue
            }
            #expect(made.lsn == recovered.lsn)
            #expect(made.isAfterStop == recovered.isAfterStop)
            #expect(made.state.resources == recovered.state.resources)
        }
    }

    @Test func `the slow reader's check value is that of RFC 3720`() {
        #expect(SlowCRC.checksum(Array("123456789".utf8)[...]) == 0xe306_9283)
        #expect(SlowCRC.checksum([UInt8](repeating: 0, count: 32)[...]) == 0x8a91_36aa)
    }

    @Test func `fields that were taken apart are put together as they were`() {
        for command in Workplace.commands.map(\.0) {
            guard case .apply(let apply) = command else { continue }
            let fields = FieldTree.parse(apply.encoded[...])
            #expect(fields.map(FieldTree.bytes) == apply.encoded)
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt32>)
    func `what the mutator makes keeps its lengths`(seed: UInt32) throws {
        let input = try #require(Seeds.seeds(of: .journal).last)
        var mutator = Mutator(.chunks(after: 0), seed: seed) { bytes, _ in bytes.reversed() }
        let chunks = Chunk.all(in: mutator.cross(input, input, most: 1 << 20)[...])
        #expect(!chunks.isEmpty)
        #expect(Chunk.all(in: chunks.flatMap(\.bytes)[...]) == chunks)
    }

    /// The files of a corpus, by name.
    private static func inputs(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
        }
    }
}
