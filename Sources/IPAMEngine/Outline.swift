import IPAM

/// What a search has to know of an Allocated Prefix to pass it over. Those of a namespace lie side
/// by side: who looks at hundreds of Prefixes themselves waits for memory, again and again.
struct Outline: Sendable, Hashable {
    let block: IPPrefix
    /// The lengths of its free blocks.
    let free: PrefixLengths

    /// What a Prefix may have for a claim by its outline; nothing if it has nothing for sure.
    func promise(to spec: Spec) -> Promise? {
        guard block.family == spec.family, block.length < spec.length else { return nil }
        // Where a certain block is wanted, or the emptiest parent, its free blocks do not tell.
        if let wanted = spec.prefix { return block.contains(wanted) ? Promise() : nil }
        guard let fit = free.longest(upTo: spec.length) else { return nil }
        return spec.parentStrategy == .bestFit
            ? Promise(fit: fit, number: block.number) : Promise()
    }

    /// The best that an offer can be. Who promises less than another one keeps is not asked.
    struct Promise: Comparable {
        /// The length of the smallest free block that would do.
        var fit: UInt8
        /// A lower bound for its first address.
        var number: UInt128

        init(fit: UInt8 = 128, number: UInt128 = 0) {
            self.fit = fit
            self.number = number
        }

        /// What an offer keeps.
        init(_ offer: Offer) { self.init(fit: offer.fit.length, number: offer.fit.number) }

        /// The more promising first.
        static func < (left: Promise, right: Promise) -> Bool {
            left.fit == right.fit ? left.number < right.number : left.fit > right.fit
        }
    }
}

extension Space {
    var outline: Outline { Outline(block: block, free: free.lengths) }
}

/// The outlines of the Prefixes of a namespace, each in a place of its own.
struct Outlines: Sendable {
    private var outlines: [Outline?] = []
    private var emptyPlaces: [Int] = []

    subscript(place: Int) -> Outline? {
        get { outlines[place] }
        set { outlines[place] = newValue }
    }

    /// A place for a new Prefix.
    mutating func makePlace() -> Int {
        if let place = emptyPlaces.popLast() { return place }
        outlines.append(nil)
        return outlines.count - 1
    }

    mutating func removePlace(_ place: Int) {
        outlines[place] = nil
        emptyPlaces.append(place)
    }
}
