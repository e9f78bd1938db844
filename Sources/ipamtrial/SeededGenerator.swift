import Seeded

// What clients ask, and when a cut comes, is the same for the same number. How threads interleave
// is not, so a seed brings a finding back often and not always; the files of the clients tell what
// happened.

extension SeededGenerator {
    /// True in so many of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element? {
        choices.randomElement(using: &self)
    }
}
