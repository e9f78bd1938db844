internal import IPAM

/// What pictures say in words and signs.
enum MapWords {
    static let free: Character = "·"
    static let inside: Character = "-"
    static let reserved: Character = "~"
    static let excluded: Character = "x"
    static let others: Character = "#"
    static let untold: Character = "?"
    private static let rowsCountedMax: UInt128 = 9999
    /// Beside the longest label, and before the numbers.
    private static let nameColumnMax = 32

    /// Of a category: how many blocks, how many addresses, and what is free in its child Prefixes.
    static func amounts(_ category: MapCategory, _ map: AddressMap) -> [String] {
        let whole = AddressCount(ofLength: map.block.length, map.block.family)
        let blocks = category.blockCount == 1 ? "1 block" : "\(category.blockCount) blocks"
        let used = category.addresses.short(of: whole)
        let addresses = category.isWish ? "\(used) wanted" : "\(used) used"
        let inside = category.inside == .zero ? "" : ", \(category.inside.short) free inside"
        return [blocks, addresses + inside]
    }

    /// The signs that a picture may show, each with its meaning.
    static func signs(_ map: AddressMap, hasPartial: Bool) -> [String] {
        var (hasFree, hasInside, hasReserved) = (false, false, false)
        var (hasExcluded, hasOthers, hasUntold) = (false, false, false)
        for span in map.spans {
            switch span.fill {
            case .free: hasFree = true
            case .inside: hasInside = true
            case .reserved: hasReserved = true
            case .excluded: hasExcluded = true
            case .others: hasOthers = true
            case .untold: hasUntold = true
            case .held: continue
            }
        }
        return [
            hasPartial ? "a small letter: used by less than half" : nil,
            hasFree ? "\(free) free" : nil,
            hasInside ? "\(inside) free in a child Prefix" : nil,
            hasReserved ? "\(reserved) reserved" : nil,
            hasExcluded ? "\(excluded) excluded" : nil,
            hasOthers ? "\(others) used by others, all or in part" : nil,
            hasUntold ? "\(untold) somebody's own Prefix, used in part" : nil,
        ].compactMap { $0 }
    }

    /// The same for a drawing: the class of the shape, and its meaning.
    static func styles(_ map: AddressMap) -> [(style: String, text: String)] {
        let known: [(Character, String, String)] = [
            (free, "free", "free"), (inside, "inside", "free in a child Prefix, inside its frame"),
            (reserved, "reserved", "reserved"),
            (excluded, "excluded", "excluded"), (others, "others", "used by others"),
            (untold, "untold", "somebody's own Prefix, used in part"),
        ]
        let shown = signs(map, hasPartial: false)
        return known.compactMap { sign, style, text in
            shown.contains { $0.first == sign } ? (style, text) : nil
        }
    }

    /// Rows that are one span: `⋮ free: 61440 addresses (94%), 15 rows`.
    static func run(_ map: AddressMap, _ span: Int, rowCount: UInt128) -> String {
        let size = addresses(map.spans[span])
        let whole = AddressCount(ofLength: map.block.length, map.block.family)
        // How many rows an empty half of IPv6 is nobody can imagine.
        let rows = rowCount <= rowsCountedMax ? ", \(rowCount) rows" : ""
        let what = name(map, span).cut(to: nameColumnMax)
        return "⋮ \(what): \(size.short(of: whole))\(rows)"
    }

    static func addresses(_ span: AddressMap.Span) -> AddressCount {
        AddressCount(span.last - span.first) + AddressCount(1)
    }

    /// What a span is.
    static func name(_ map: AddressMap, _ span: Int) -> String {
        switch map.spans[span].fill {
        case .free: "free"
        case .reserved: "reserved"
        case .excluded: "excluded"
        case .inside(let region): "free in prefix/\(map.regions[region].name)"
        case .untold(let region): "in prefix/\(map.regions[region].name)"
        case .others: "used by others"
        case .held(let holding): map.holdings[holding].name
        }
    }

    /// The lines above a picture. The numbers of `usage` hold for all of the mapped Prefix, and
    /// say more than what can be seen.
    static func facts(_ survey: MapSurvey) -> [String] {
        let (map, usage) = (survey.map, survey.usage)
        let prefix = map.regions[0]
        let whole = AddressCount(ofLength: map.block.length, map.block.family)
        let place = "prefix/\(prefix.name) \(prefix.block)"
        let name = map.isWhole ? place : "\(map.block) of \(place)"
        var lines = ["\(name), \(count(whole))"]
        guard let usage, map.isWhole else { return lines + [seen(map, whole)] + survey.notes }
        var parts = [
            "\(usage.addresses(usage.used).short(of: whole)) used",
            "\(usage.addresses(usage.free).short(of: whole)) free",
        ]
        for (word, blocks) in [
            ("reserved", usage.reserved), ("excluded", usage.excluded), ("held", usage.held),
        ] where !blocks.isEmpty {
            parts.append("\(usage.addresses(blocks).short) \(word)")
        }
        lines.append(parts.joined(separator: ", "))
        // What child Prefixes have counts as used, and most of it may be free in them.
        let inside = map.addresses { fill in if case .inside = fill { true } else { false } }
        if inside != .zero { lines.append("\(inside.short(of: whole)) free in child Prefixes") }
        if let largest = usage.largestFree {
            lines.append(
                "largest free block \(largest), fragmentation \(percentText(usage.fragmentation))")
        }
        return lines + survey.notes
    }

    /// What is used and free in a part of a Prefix, of which nobody else has counted it.
    private static func seen(_ map: AddressMap, _ whole: AddressCount) -> String {
        let (free, inside) = (map.addresses { $0 == .free }, map.addresses { $0.isInside })
        let used = map.addresses { fill in
            switch fill {
            case .held(let index): map.holdings[index].isPlaced
            case .others: true
            case .free, .reserved, .excluded, .inside, .untold: false
            }
        }
        var parts = ["\(used.short(of: whole)) used", "\(free.short(of: whole)) free"]
        if inside != .zero { parts.append("\(inside.short) free in child Prefixes") }
        return parts.joined(separator: ", ")
    }

    private static func count(_ addresses: AddressCount) -> String {
        addresses == AddressCount(1) ? "1 address" : "\(addresses.short) addresses"
    }
}

extension String {
    /// The beginning, with a sign that there is more.
    func cut(to count: Int) -> String {
        self.count > count ? prefix(count - 1) + "…" : self
    }
}
