/// Who was given what, in the order in which the daemon says that it happened: answers come in any
/// order, the log sequence numbers of changes do not.
struct HoldHistory {
    private struct Change {
        let lsn: UInt64
        let block: Block
        let isHeld: Bool
    }

    private var held = HeldAddresses()
    private var changes: [Change] = []
    private var lastLSN: UInt64 = 0

    mutating func note(_ block: Block, isHeld: Bool, lsn: UInt64) {
        changes.append(Change(lsn: lsn, block: block, isHeld: isHeld))
    }

    /// Goes through everything noted since the last time: each change has a number of its own,
    /// nobody is given what somebody holds, and only what is held is given back.
    mutating func check() throws(BenchError) {
        changes.sort { $0.lsn < $1.lsn }
        for change in changes {
            guard change.lsn > lastLSN else {
                throw .wrong("two changes have the LSN \(change.lsn)")
            }
            lastLSN = change.lsn
            let isRight = change.isHeld ? held.hold(change.block) : held.drop(change.block)
            guard isRight else {
                throw .wrong(
                    "LSN \(change.lsn) \(change.isHeld ? "gives" : "takes back") the block "
                        + "\(change.block), which somebody \(change.isHeld ? "holds" : "else has")")
            }
        }
        changes.removeAll(keepingCapacity: true)
    }
}

/// Every address of 10.0.0.0/8 as a bit: whether somebody holds it. Finds two holders of the same
/// address whatever the sizes of their blocks, in a few nanoseconds.
struct HeldAddresses {
    /// The lengths of blocks that lie within one word.
    static let lengths: ClosedRange<UInt8> = 26...32

    private var words = [UInt64](repeating: 0, count: 1 << 18)

    /// Takes the block; false if it is outside, or an address of it is held already.
    mutating func hold(_ block: Block) -> Bool {
        guard let (word, mask) = Self.place(of: block), words[word] & mask == 0 else {
            return false
        }
        words[word] |= mask
        return true
    }

    /// Gives the block back; false if it is not held in whole.
    mutating func drop(_ block: Block) -> Bool {
        guard let (word, mask) = Self.place(of: block), words[word] & mask == mask else {
            return false
        }
        words[word] &= ~mask
        return true
    }

    private static func place(of block: Block) -> (word: Int, mask: UInt64)? {
        guard lengths.contains(block.length), block.number >> 24 == 10 else { return nil }
        let count = UInt64(1) << UInt64(32 - block.length)
        let address = Int(block.number & 0xff_ffff)
        guard address % Int(count) == 0 else { return nil }
        let bits = count == 64 ? UInt64.max : (1 << count) - 1
        return (address / 64, bits << UInt64(address % 64))
    }
}
