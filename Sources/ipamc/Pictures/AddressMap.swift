internal import IPAM

/// What the addresses of a Prefix, or of a part of it, are: spans that cover them all.
struct AddressMap {
    /// What a span is. The numbers are positions in `regions` and `holdings`.
    enum Fill: Equatable {
        case free
        case reserved
        case excluded
        /// Free in a child Prefix.
        case inside(Int)
        /// In a child Prefix that does not say what is used in it.
        case untold(Int)
        /// Used by somebody whom the user may not see.
        case others
        case held(Int)

        /// Whether it is free in a child Prefix.
        var isInside: Bool {
            switch self {
            case .inside: true
            case .free, .reserved, .excluded, .untold, .others, .held: false
            }
        }
    }

    struct Span: Equatable {
        let first: UInt128
        let last: UInt128
        let fill: Fill

        /// Its addresses. 0 stands for all 2¹²⁸: only the whole of IPv6 is as large.
        var size: UInt128 { last - first &+ 1 }
    }

    /// A Prefix in the picture: the mapped one, which comes first, and those that live in it.
    struct Region {
        let name: String
        let block: IPPrefix
        /// The position of the parent; absent for the mapped Prefix.
        let parent: Int?
        let policy: PrefixPolicy?
        let owner: UInt32
        let labels: Labels
        let created: Instant
        var category = 0
        /// Whether it is not told what is used in it.
        var isUntold = false
    }

    /// An allocation that is no child Prefix, or a claim that waits for a prefix that it names.
    struct Holding {
        let block: IPPrefix
        let name: String
        let owner: UInt32
        /// Left out where there are so many allocations that nobody is shown them one by one.
        let labels: Labels
        var category: Int
        let isPlaced: Bool
    }

    /// What is drawn: the Prefix, or a part of it.
    let block: IPPrefix
    let regions: [Region]
    let holdings: [Holding]
    /// Disjoint and ascending, without a gap: together they are `block`.
    let spans: [Span]

    /// - Parameters:
    ///   - block: what is drawn of the mapped Prefix.
    ///   - regions: the mapped Prefix, then those in it, each behind its parent.
    ///   - holdings: in any order. Pages of a list are of different moments, so that two may seem
    ///     to have the same address: the lower one is shown.
    ///   - others: what others have, disjoint.
    init(block: IPPrefix, regions: [Region], holdings: [Holding], others: [IPPrefix] = []) {
        self.block = block
        self.regions = regions
        self.holdings = holdings
        var builder = SpanBuilder(regions: regions)
        var spans = builder.background(of: 0)
        spans = spans.overlaid(with: others.sorted().map { Span($0, .others) })
        for isPlaced in [false, true] {
            let chosen = holdings.indices.filter { holdings[$0].isPlaced == isPlaced }
                .sorted { holdings[$0].block < holdings[$1].block }
            spans = spans.overlaid(with: chosen.map { Span(holdings[$0].block, .held($0)) })
        }
        self.spans = spans.merged().clipped(to: block)
    }
}

extension AddressMap {
    /// The addresses of all spans of a kind.
    func addresses(where isMeant: (Fill) -> Bool) -> AddressCount {
        spans.reduce(.zero) { sum, span in
            guard isMeant(span.fill) else { return sum }
            return sum + AddressCount(span.last - span.first) + AddressCount(1)
        }
    }

    /// Whether all of the mapped Prefix is drawn.
    var isWhole: Bool { block == regions[0].block }

    /// The prefix length that half of the blocks have, or a shorter one: what a character of
    /// the picture should be about as large as. A child Prefix counts where nothing is in it.
    var typicalLength: UInt8? {
        var counts = [Int](repeating: 0, count: 129)
        for span in spans {
            switch span.fill {
            case .held(let index): counts[Int(holdings[index].block.length)] += 1
            case .inside(let index), .untold(let index):
                guard span.first == regions[index].block.number else { continue }
                let isAll = span.last == regions[index].block.lastAddress.number
                if isAll { counts[Int(regions[index].block.length)] += 1 }
            case .others:
                let prefixes = IPPrefixSet(
                    first: IPAddress(number: span.first, family: block.family),
                    last: IPAddress(number: span.last, family: block.family))
                for prefix in prefixes.prefixes { counts[Int(prefix.length)] += 1 }
            case .free, .reserved, .excluded: continue
            }
        }
        let half = (counts.reduce(0, +) + 1) / 2
        guard half > 0 else { return nil }
        var sum = 0
        for (length, count) in counts.enumerated() {
            sum += count
            if sum >= half { return UInt8(length) }
        }
        return nil
    }
}

extension AddressMap.Span {
    init(_ block: IPPrefix, _ fill: AddressMap.Fill) {
        self.init(first: block.number, last: block.lastAddress.number, fill: fill)
    }
}

extension [AddressMap.Span] {
    /// These spans with others on top, which hide what is below them. Both are ascending; of
    /// those on top that overlap the first is seen.
    func overlaid(with top: [AddressMap.Span]) -> [AddressMap.Span] {
        guard !top.isEmpty, let start = first?.first, let end = last?.last else { return self }
        var result: [AddressMap.Span] = []
        result.reserveCapacity(count + 2 * top.count)
        // The first address that is not in the result yet; none behind the last one.
        var next: UInt128? = start
        var index = 0
        for below in self {
            while let from = next, from <= below.last {
                while index < top.count, top[index].first < from { index += 1 }
                guard index < top.count, top[index].first <= below.last else {
                    result.append(.init(first: from, last: below.last, fill: below.fill))
                    next = below.last == .max ? nil : below.last + 1
                    break
                }
                let above = top[index]
                if above.first > from {
                    result.append(.init(first: from, last: above.first - 1, fill: below.fill))
                }
                result.append(above)
                next = above.last >= end ? nil : above.last + 1
            }
        }
        return result
    }

    /// Joins neighbours that are the same.
    fileprivate func merged() -> [AddressMap.Span] {
        var result: [AddressMap.Span] = []
        result.reserveCapacity(count)
        for span in self {
            if let last = result.last, last.fill == span.fill {
                result[result.count - 1] = .init(
                    first: last.first, last: span.last, fill: span.fill)
            } else {
                result.append(span)
            }
        }
        return result
    }

    /// What of them lies in a block.
    fileprivate func clipped(to block: IPPrefix) -> [AddressMap.Span] {
        let (low, high) = (block.number, block.lastAddress.number)
        guard first?.first != low || last?.last != high else { return self }
        return compactMap { span in
            guard span.last >= low, span.first <= high else { return nil }
            return .init(
                first: Swift.max(span.first, low), last: Swift.min(span.last, high),
                fill: span.fill)
        }
    }
}

/// What lies below the allocations: each Prefix with the ranges that its policy closes, and on it
/// the Prefixes that live in it.
private struct SpanBuilder {
    private let regions: [AddressMap.Region]
    private var children: [[Int]]

    init(regions: [AddressMap.Region]) {
        self.regions = regions
        children = Array(repeating: [], count: regions.count)
        for (index, region) in regions.enumerated() {
            if let parent = region.parent { children[parent].append(index) }
        }
    }

    /// Parents are strictly larger than their children, so this ends.
    mutating func background(of index: Int) -> [AddressMap.Span] {
        let region = regions[index]
        let fill: AddressMap.Fill =
            index == 0 ? .free : region.isUntold ? .untold(index) : .inside(index)
        var spans = [AddressMap.Span(region.block, fill)]
        if let policy = region.policy {
            let reserved = policy.reserved.clipped(to: region.block).prefixes
            spans = spans.overlaid(with: reserved.map { AddressMap.Span($0, .reserved) })
            let excluded = policy.excluded(of: region.block).prefixes
            spans = spans.overlaid(with: excluded.map { AddressMap.Span($0, .excluded) })
        }
        let inside = children[index].sorted { regions[$0].block < regions[$1].block }
        var above: [AddressMap.Span] = []
        for child in inside { above += background(of: child) }
        return spans.overlaid(with: above)
    }
}
