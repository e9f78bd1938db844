import Seeded

/// Changes an input in its own form, so that lengths and check values stay right and what is
/// behind them is reached. Deterministic: libFuzzer gives the seed.
struct Mutator {
    /// libFuzzer's own mutation of bytes, at most so many after it.
    typealias Inner = (_ bytes: [UInt8], _ most: Int) -> [UInt8]

    private let form: InputForm
    private let inner: Inner
    private var random: SeededGenerator

    init(_ form: InputForm, seed: UInt32, inner: @escaping Inner) {
        self.form = form
        self.inner = inner
        random = SeededGenerator(seed: UInt64(seed))
    }

    /// One input changed.
    mutating func mutate(_ input: [UInt8], most: Int) -> [UInt8] {
        // Now and then the form itself is broken.
        if random.below(5) == 0 { return inner(input, most) }
        switch form {
        case .lines:
            // Most inputs that were kept are wrong in their own way, and one that is wrong in two
            // says nothing new: every other time a good one is the start.
            let good = Seeds.seeds(of: .manifests)
            let isFresh = random.below(2) == 0
            let start = isFresh ? good[random.below(good.count)] : input
            return Array(mutateLines(start, most).prefix(most))
        case .chunks(let start):
            var chunks = Chunk.all(in: input.dropFirst(start))
            guard !chunks.isEmpty else { return inner(input, most) }
            var mode = Array(input.prefix(start))
            if !mode.isEmpty, random.below(16) == 0 { mode[0] = UInt8(random.below(256)) }
            for _ in 0...random.below(3) where !chunks.isEmpty { mutate(&chunks) }
            return Array((mode + chunks.flatMap(\.bytes)).prefix(most))
        }
    }

    /// One input made from two.
    mutating func cross(_ first: [UInt8], _ second: [UInt8], most: Int) -> [UInt8] {
        switch form {
        case .lines:
            let separator: [UInt8] = random.below(2) == 0 ? Array("---\n".utf8) : []
            let lines = second.split(separator: newline, omittingEmptySubsequences: false)
            let part = lines.dropFirst(random.below(lines.count)).joined(separator: [newline])
            return Array((first + separator + part).prefix(most))
        case .chunks(let start):
            var chunks = Chunk.all(in: first.dropFirst(start))
            let others = Chunk.all(in: second.dropFirst(start))
            guard !chunks.isEmpty, !others.isEmpty else { return Array(first.prefix(most)) }
            let other = others[random.below(others.count)]
            let index = random.below(chunks.count)
            if random.below(2) == 0 {
                chunks.insert(other, at: index)
            } else {
                graft(other, onto: &chunks[index])
            }
            return Array((first.prefix(start) + chunks.flatMap(\.bytes)).prefix(most))
        }
    }

    private var newline: UInt8 { UInt8(ascii: "\n") }

    private mutating func mutate(_ chunks: inout [Chunk]) {
        let index = random.below(chunks.count)
        switch random.below(8) {
        case 0: chunks[index].head = sameCount(chunks[index].head)
        case 1: chunks.insert(chunks[index], at: random.below(chunks.count + 1))
        case 2 where chunks.count > 1: chunks.remove(at: index)
        case 3: chunks.swapAt(index, random.below(chunks.count))
        default: mutateBody(&chunks[index])
        }
    }

    private mutating func mutateBody(_ chunk: inout Chunk) {
        guard var fields = FieldTree.parse(chunk.body[...]), !fields.isEmpty else {
            chunk.body = inner(chunk.body, chunk.body.count + 64)
            return
        }
        let number = random.below(FieldTree.count(of: fields))
        var mutator = self
        let passed = FieldTree.visit(&fields, number) { fields, index in
            mutator.mutate(&fields, at: index)
        }
        assert(passed == nil, "A field that was counted is found.")
        random = mutator.random
        chunk.body = FieldTree.bytes(of: fields)
    }

    private mutating func mutate(_ fields: inout [FieldTree], at index: Int) {
        switch random.below(10) {
        case 0: fields.remove(at: index)
        case 1: fields.insert(fields[index], at: index)
        case 2: fields[index].tag ^= 0x80
        case 3: fields[index].tag = UInt8(random.below(256))
        case 4: fields.swapAt(index, random.below(fields.count))
        default:
            switch fields[index].value {
            case .bytes(let bytes) where random.below(4) > 0 && !bytes.isEmpty:
                // Most values have a fixed size.
                fields[index].value = .bytes(sameCount(bytes))
            case .bytes(let bytes):
                fields[index].value = .bytes(inner(bytes, bytes.count + 32))
            case .fields(var inside):
                mutate(&inside, at: random.below(max(1, inside.count)), unless: inside.isEmpty)
                fields[index].value = .fields(inside)
            }
        }
    }

    private mutating func mutate(
        _ fields: inout [FieldTree], at index: Int, unless isEmpty: Bool
    ) {
        if !isEmpty { mutate(&fields, at: index) }
    }

    /// Changes bytes and keeps their count; numbers often go to where they overflow.
    private mutating func sameCount(_ bytes: [UInt8]) -> [UInt8] {
        switch random.below(6) {
        case 0: return bytes.map { _ in 0 }
        case 1: return bytes.map { _ in 0xff }
        case 2:
            var changed = bytes
            if let last = changed.indices.last { changed[last] = 0x7f }
            return changed
        default:
            let changed = inner(bytes, bytes.count)
            return changed + bytes.dropFirst(changed.count)
        }
    }

    /// Puts a field of another chunk among the fields of this one.
    private mutating func graft(_ other: Chunk, onto chunk: inout Chunk) {
        guard var fields = FieldTree.parse(chunk.body[...]), !fields.isEmpty,
            var others = FieldTree.parse(other.body[...]), !others.isEmpty
        else {
            chunk.body = other.body
            return
        }
        var found: FieldTree?
        _ = FieldTree.visit(&others, random.below(FieldTree.count(of: others))) { fields, index in
            found = fields[index]
        }
        let isReplacement = random.below(2) == 0
        _ = FieldTree.visit(&fields, random.below(FieldTree.count(of: fields))) { fields, index in
            guard let found else { return }
            if isReplacement { fields[index] = found } else { fields.insert(found, at: index) }
        }
        chunk.body = FieldTree.bytes(of: fields)
    }

    private mutating func mutateLines(_ input: [UInt8], _ most: Int) -> [UInt8] {
        var lines = input.split(separator: newline, omittingEmptySubsequences: false)
        let index = random.below(lines.count)
        switch random.below(12) {
        case 0: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: random.below(lines.count + 1))
        case 2: lines.swapAt(index, random.below(lines.count))
        case 3: lines[index].insert(contentsOf: [0x20, 0x20], at: lines[index].startIndex)
        case 4: lines[index] = lines[index].drop { $0 == 0x20 }
        case 5, 6, 7, 8: lines[index] = withOtherValue(lines[index])
        default: lines[index] = inner(Array(lines[index]), lines[index].count + 48)[...]
        }
        return Array(lines.joined(separator: [newline]))
    }

    /// The key of a line with a value that is right somewhere: most bytes are right nowhere.
    private mutating func withOtherValue(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return line }
        let value = Self.values[random.below(Self.values.count)]
        return line[...colon] + Array(" \(value)".utf8)
    }

    private static let values = [
        "a", "root", "default", "team-a", "Prefix", "PrefixAllocation", "List", "IPv4", "IPv6",
        "10.0.0.0/24", "10.0.0.0/8", "2001:db8::/48", "0.0.0.0/0", "0", "9", "26", "32", "64",
        "128",
        "-1", "129", "{}", "[]", "null", "true", "\"7\"", "{name: root}", "{matchLabels: {a: b}}",
        "[10.0.0.0/28, 10.0.0.5]", "[10.0.0.1-10.0.0.9]", "BestFit", "Lowest", "Sparse", "Emptiest",
        "/22", "340282366920938463463374607431768211456", "In", "Exists",
        "ipam.ironcore.dev/v1alpha1", "ipam.OpenKCM.dev/v1alpha1",
    ]
}

extension SeededGenerator {
    /// A number from 0, below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}
