package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 2 | placement | placement |
/// | 3 | explanation | explanation, where there is no placement |
/// | 4 | candidate | repeated candidate |
/// | 5 | next | text; absent on the last page |
extension Answer.Explained: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(2, ifPresent: placement)
        writer.field(3, ifPresent: explanation)
        writer.fields(4, candidates)
        writer.field(5, ifPresent: next)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var placement: Placement?
        var explanation: Explanation?
        var candidates: [Candidate] = []
        var next: String?
        while let field = try fields.next() {
            switch field.number {
            case 2: placement = try field.structure("placement")
            case 3: explanation = try field.structure("explanation")
            case 4: candidates.append(try field.structure("candidate", isRepeatable: true))
            case 5: next = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            placement: placement, explanation: explanation, candidates: candidates, next: next)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | parent | text, the name of a Prefix |
/// | 2 | block | prefix |
/// | 3 | offer | prefix |
/// | 4 | reason | u8 |
/// | 5 | largestFree | prefix |
/// | 6 | chosen | flag |
/// | 7 | sentence | text |
extension Answer.Explained.Candidate: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, parent)
        writer.field(2, ifPresent: block)
        writer.field(3, ifPresent: offer)
        writer.field(4, ifPresent: reason?.rawValue)
        writer.field(5, ifPresent: largestFree)
        writer.field(6, flag: isChosen)
        writer.field(7, sentence)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var parent: String?
        var blocks: [UInt8: IPPrefix] = [:]
        var reason: Reason?
        var isChosen = false
        var sentence: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: parent = try field.text()
            case 2, 3, 5: blocks[field.number] = try field.prefix()
            case 4: reason = try field.value()
            case 6: isChosen = try field.flag()
            case 7: sentence = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            parent: try fields.required(parent, 1), block: blocks[2], offer: blocks[3],
            reason: reason, largestFree: blocks[5], isChosen: isChosen,
            sentence: try fields.required(sentence, 7))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | resource | repeated resource |
/// | 3 | next | position; absent on the last page |
extension Answer.Found: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, resources)
        writer.field(3, ifPresent: next)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var resources: [Resource] = []
        var next: Query.Position?
        while let field = try fields.next() {
            switch field.number {
            case 2: resources.append(try field.structure("resource", isRepeatable: true))
            case 3: next = try field.structure("position")
            default: try field.skip()
            }
        }
        self.init(resources: resources, next: next)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | item | repeated prefix usage |
/// | 3 | next | position; absent on the last page |
extension Answer.UsagePage: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(2, items)
        writer.field(3, ifPresent: next)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var items: [PrefixUsage] = []
        var next: Query.Position?
        while let field = try fields.next() {
            switch field.number {
            case 2: items.append(try field.structure("prefix usage", isRepeatable: true))
            case 3: next = try field.structure("position")
            default: try field.skip()
            }
        }
        self.init(items: items, next: next)
    }
}

/// The reader proves that the blocks are together the whole, for whoever computes with them
/// relies on it.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | key | resource key |
/// | 2 | block | prefix |
/// | 3 | allocationCount | u64 |
/// | 4 | used | repeated length count |
/// | 5 | free | repeated length count |
/// | 6 | reserved | repeated length count |
/// | 7 | excluded | repeated length count |
/// | 8 | held | repeated length count |
/// | 9 | largestFree | prefix |
extension PrefixUsage: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, ifPresent: block)
        writer.field(3, allocationCount)
        writer.fields(4, used)
        writer.fields(5, free)
        writer.fields(6, reserved)
        writer.fields(7, excluded)
        writer.fields(8, held)
        writer.field(9, ifPresent: largestFree)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var key: ResourceKey?
        var block: IPPrefix?
        var allocationCount: UInt64?
        var counts: [UInt8: [LengthCount]] = [:]
        var largestFree: IPPrefix?
        while let field = try fields.next() {
            switch field.number {
            case 1: key = try field.structure("resource key")
            case 2: block = try field.prefix()
            case 3: allocationCount = try field.integer()
            case 4...8:
                let count: LengthCount = try field.structure("length count", isRepeatable: true)
                counts[field.number, default: []].append(count)
            case 9: largestFree = try field.prefix()
            default: try field.skip()
            }
        }
        self.init(
            key: try fields.required(key, 1), block: block,
            allocationCount: try fields.required(allocationCount, 3), used: counts[4] ?? [],
            free: counts[5] ?? [], reserved: counts[6] ?? [], excluded: counts[7] ?? [],
            held: counts[8] ?? [], largestFree: largestFree)
        guard isConsistent else {
            throw fields.invalid("the blocks of each length are not together the whole", 2)
        }
    }

    /// Whether each list ascends, all lists together are the whole, and the largest free block
    /// is in it.
    private var isConsistent: Bool {
        let lists = [used, free, reserved, excluded, held]
        guard let block else { return lists.allSatisfy(\.isEmpty) && largestFree == nil }
        guard largestFree.map(block.contains) ?? true else { return false }
        var sum = WideCount()
        for list in lists {
            var next = block.length
            for blocks in list {
                guard blocks.count > 0, blocks.length >= next,
                    blocks.length <= block.family.addressBits
                else { return false }
                next = blocks.length + 1
                sum.add(blocks, block.family)
            }
        }
        var whole = WideCount()
        whole.add(LengthCount(length: block.length, count: 1), block.family)
        return sum == whole
    }
}

/// A number of addresses that somebody claims, which may be more than there are: it is summed
/// up without a limit that could be passed.
private struct WideCount: Equatable {
    private var high: UInt128 = 0
    private var low: UInt128 = 0

    /// - Precondition: the length is one of the family.
    mutating func add(_ blocks: LengthCount, _ family: IPFamily) {
        let hostBits = family.addressBits - blocks.length
        guard hostBits < 128 else {
            high += UInt128(blocks.count)
            return
        }
        let product = UInt128(blocks.count).multipliedFullWidth(by: 1 << UInt128(hostBits))
        let (sum, isOver) = low.addingReportingOverflow(product.low)
        low = sum
        high += product.high + (isOver ? 1 : 0)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | length | u8 |
/// | 2 | count | u64, not 0 |
extension LengthCount: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, length)
        writer.field(2, count)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var length: UInt8?
        var count: UInt64?
        while let field = try fields.next() {
            switch field.number {
            case 1: length = try field.integer()
            case 2: count = try field.integer()
            default: try field.skip()
            }
        }
        self.init(length: try fields.required(length, 1), count: try fields.required(count, 2))
    }
}
