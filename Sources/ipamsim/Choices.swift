import Seeded

/// Where chance decides: drawn by a seed, or every possibility in its turn.
///
/// Listed, the choices are the digits of a counter: a run asks for one digit after the other, and
/// `advance()` turns the last of them, so that the next run takes the next way.
struct Choices: Sendable {
    /// Whether the parts of a whole go together; all alike is the likeliest end of most things.
    enum Group: Sendable {
        case each
        case allOld
        case allNew
    }

    private struct Digit {
        var value: Int
        let count: Int
    }

    private enum Source {
        case drawn(SeededGenerator)
        case listed
    }

    private var source: Source
    private var digits: [Digit] = []
    private var position = 0

    /// Drawn: the same seed makes the same choices.
    init(seed: UInt64) { source = .drawn(SeededGenerator(seed: seed)) }

    /// Listed: the first way is that of all zeros.
    init() { source = .listed }

    /// One of so many possibilities.
    mutating func choose(_ count: Int) -> Int {
        precondition(count > 0, "There is something to choose from.")
        switch source {
        case .drawn(var generator):
            let value = Int(generator.next() % UInt64(count))
            source = .drawn(generator)
            return value
        case .listed:
            if position == digits.count { digits.append(Digit(value: 0, count: count)) }
            defer { position += 1 }
            return digits[position].value
        }
    }

    /// Half of all groups are of one kind when they are drawn. Listed, nothing is left out by this,
    /// for each part is chosen for itself.
    mutating func group() -> Group {
        switch source {
        case .listed: return .each
        case .drawn:
            switch choose(4) {
            case 0: return .allOld
            case 1: return .allNew
            default: return .each
            }
        }
    }

    /// Bytes that nobody wrote; listed, always the same ones.
    mutating func noise() -> SeededGenerator {
        switch source {
        case .listed: return SeededGenerator(seed: 0)
        case .drawn(var generator):
            let seed = generator.next()
            source = .drawn(generator)
            return SeededGenerator(seed: seed)
        }
    }

    var isDrawn: Bool {
        switch source {
        case .drawn: true
        case .listed: false
        }
    }

    /// How many ways there are, as far as the first one can tell.
    var wayCount: Int {
        digits.reduce(1) { ways, digit in
            let product = ways.multipliedReportingOverflow(by: digit.count)
            return product.overflow ? .max : product.partialValue
        }
    }

    /// Turns to the next way; false after the last.
    mutating func advance() -> Bool {
        position = 0
        while let last = digits.popLast() {
            guard last.value + 1 < last.count else { continue }
            digits.append(Digit(value: last.value + 1, count: last.count))
            return true
        }
        return false
    }
}
