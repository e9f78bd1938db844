extension Array {
    /// How many elements at the beginning are `isFirst`, found by halving.
    ///
    /// - Precondition: none is that stands behind one that is not.
    func countOfFirst(where isFirst: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isFirst(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
