/// Finds what somebody may have meant who wrote something else.
enum Nearness {
    /// More would no longer be a hint.
    private static let shownMax = 3
    /// Longer words than any name has are not compared: the work grows with the square.
    private static let lengthMax = 253

    /// The known words that are nearest to a word, in the order of the alphabet.
    ///
    /// Near is what a slip of the finger makes: a third of the letters at most, or a word that was
    /// not written to its end.
    static func nearest(_ word: String, among known: some Sequence<String>) -> [String] {
        let wanted = Array(word.lowercased().unicodeScalars)
        guard !wanted.isEmpty, wanted.count <= lengthMax else { return [] }
        let farthest = max(1, wanted.count / 3)
        let found = Set(known).compactMap { candidate -> (distance: Int, word: String)? in
            guard candidate != word else { return nil }
            let letters = Array(candidate.lowercased().unicodeScalars)
            let isLonger = wanted.count >= 3 && letters.starts(with: wanted)
            guard isLonger || abs(letters.count - wanted.count) <= farthest,
                letters.count <= lengthMax
            else { return nil }
            let distance = isLonger ? farthest : self.distance(wanted, letters)
            return distance <= farthest ? (distance, candidate) : nil
        }
        let least = found.map(\.distance).min()
        return found.filter { $0.distance == least }.map(\.word).sorted().prefix(shownMax)
            .map(\.self)
    }

    /// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var next = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(last[column + 1], next[column]) + 1
                least = min(least, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[right.count]
    }

    /// `did you mean a, b or c?`, or nothing.
    static func question(_ word: String, among known: some Sequence<String>) -> String? {
        question(nearest(word, among: known))
    }

    static func question(_ words: [String]) -> String? {
        guard let last = words.last else { return nil }
        let first = words.dropLast().joined(separator: ", ")
        return "did you mean \(first.isEmpty ? "" : "\(first) or ")\(last)?"
    }
}
