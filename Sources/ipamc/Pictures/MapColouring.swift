internal import ArgumentParser
internal import IPAM

/// What the colours of a map tell apart.
enum MapColouring: Hashable {
    /// In which Prefix it lives.
    case prefix
    case name
    case owner
    case phase
    case age
    case label(String)
}

extension MapColouring: ExpressibleByArgument {
    init?(argument: String) {
        switch argument {
        case "prefix": self = .prefix
        case "name": self = .name
        case "owner": self = .owner
        case "phase": self = .phase
        case "age": self = .age
        // Texts are no enum of ours: what is none of the words above may be a label.
        default:
            guard argument.hasPrefix("label=") else { return nil }
            let key = String(argument.dropFirst("label=".count))
            guard NameRule.qualifiedNameFault(key) == nil else { return nil }
            self = .label(key)
        }
    }

    static var allValueStrings: [String] { ["prefix", "name", "owner", "phase", "age", "label="] }

    /// As it is written on the command line.
    var text: String {
        switch self {
        case .prefix: "prefix"
        case .name: "name"
        case .owner: "owner"
        case .phase: "phase"
        case .age: "age"
        case .label(let key): "label=\(key)"
        }
    }
}

/// What one colour stands for.
struct MapCategory: Equatable {
    let text: String
    /// Which comes first: small numbers before large ones, then what has more addresses.
    var rank = 0
    var blockCount = 0
    var addresses = AddressCount.zero
    /// Free addresses of child Prefixes of this colour.
    var inside = AddressCount.zero
    /// Whether it is of claims that have no place, and are drawn where they want to be.
    var isWish = false
    /// Where it is met first.
    var firstSpan = Int.max
}

/// Finds the category of each object; equal texts are one category.
struct MapCategories {
    let colouring: MapColouring
    let now: Instant
    let userName: (UInt32) -> String?
    private(set) var categories: [MapCategory] = []
    private var positions: [String: Int] = [:]

    init(_ colouring: MapColouring, now: Instant, userName: @escaping (UInt32) -> String?) {
        self.colouring = colouring
        self.now = now
        self.userName = userName
    }

    /// Up to these ages, in milliseconds; older things are the last category.
    private static let ages: [(milliseconds: UInt64, text: String)] = [
        (3_600_000, "younger than an hour"), (86_400_000, "younger than a day"),
        (7 * 86_400_000, "younger than a week"), (30 * 86_400_000, "younger than 30 days"),
        (365 * 86_400_000, "younger than a year"), (.max, "a year and older"),
    ]

    /// The category of an allocation in a region.
    mutating func index(
        of resource: Resource, in region: Int, _ regions: [AddressMap.Region]
    ) -> Int {
        switch colouring {
        case .prefix: return index(ofTopLevel: region, regions)
        case .name:
            return region == 0 ? position(resource.key.name) : index(ofTopLevel: region, regions)
        case .owner: return index(ofOwner: resource.owner)
        case .phase:
            let phase = resource.status.phase
            return position(phase.description, rank: Int(phase == .allocated ? 0 : phase.rawValue))
        case .age: return index(ofAge: resource.created)
        case .label(let key):
            return index(ofLabel: key, resource.labels[key], in: region, regions)
        }
    }

    /// The category of a child Prefix itself.
    mutating func index(of region: Int, _ regions: [AddressMap.Region]) -> Int {
        switch colouring {
        case .prefix, .name: index(ofTopLevel: region, regions)
        case .owner: index(ofOwner: regions[region].owner)
        case .phase: position(Phase.allocated.description)
        case .age: index(ofAge: regions[region].created)
        case .label(let key): index(ofLabel: key, nil, in: region, regions)
        }
    }

    /// The Prefix right below the mapped one in which a region lies.
    private mutating func index(ofTopLevel region: Int, _ regions: [AddressMap.Region]) -> Int {
        var top = region
        while let parent = regions[top].parent, parent != 0 { top = parent }
        let name = regions[top].name
        if top == 0 { return position("\(name) itself", rank: -1) }
        return position("prefix/\(name) \(regions[top].block)")
    }

    private mutating func index(ofOwner uid: UInt32) -> Int {
        position(userName(uid).map { "\($0) (uid \(uid))" } ?? "uid \(uid)")
    }

    private mutating func index(ofAge created: Instant) -> Int {
        let passed =
            now.milliseconds > created.milliseconds ? now.milliseconds - created.milliseconds : 0
        let rank = Self.ages.firstIndex { passed < $0.milliseconds } ?? Self.ages.count - 1
        return position(Self.ages[rank].text, rank: rank)
    }

    /// What has not the label has that of the nearest Prefix around it. The mapped Prefix is
    /// around everything, so its labels would tell nothing apart.
    private mutating func index(
        ofLabel key: String, _ own: String?, in region: Int, _ regions: [AddressMap.Region]
    ) -> Int {
        var value = own
        var around = region
        while value == nil, let parent = regions[around].parent {
            value = regions[around].labels[key]
            around = parent
        }
        return value.map { position("\(key)=\($0)") } ?? position("no label \(key)", rank: 1)
    }

    private mutating func position(_ text: String, rank: Int = 0) -> Int {
        if let position = positions[text] { return position }
        positions[text] = categories.count
        categories.append(MapCategory(text: text, rank: rank))
        return categories.count - 1
    }
}

/// The categories of a map in the order of its legend.
struct MapLegend {
    /// More colours than this nobody tells apart; the rest is the last category together.
    static let colouredMax = 14

    let categories: [MapCategory]
    /// The position in `categories`, of each position that a holding or a region has.
    let positions: [Int]
    /// Whether the last category is all the rest.
    let hasRest: Bool
    /// Whether the order itself says something, as that of ages.
    let isOrdered: Bool

    init(_ map: AddressMap, _ found: MapCategories) {
        var counted = found.categories
        var met = [Bool](repeating: false, count: map.holdings.count)
        for (position, span) in map.spans.enumerated() {
            let size = MapWords.addresses(span)
            switch span.fill {
            case .held(let index):
                let category = map.holdings[index].category
                counted[category].firstSpan = min(counted[category].firstSpan, position)
                counted[category].addresses = counted[category].addresses + size
                counted[category].isWish = !map.holdings[index].isPlaced
                // What lies above a claim that waits cuts it into several spans.
                if !met[index] { counted[category].blockCount += 1 }
                met[index] = true
            case .inside(let index), .untold(let index):
                let category = map.regions[index].category
                counted[category].firstSpan = min(counted[category].firstSpan, position)
                counted[category].inside = counted[category].inside + size
            case .free, .reserved, .excluded, .others: continue
            }
        }
        let seen = counted.indices.filter { Self.weight(counted[$0]) != .zero }
            .sorted { Self.isBefore(counted[$0], counted[$1]) }
        hasRest = seen.count > Self.colouredMax
        isOrdered = found.colouring == .age
        var single = Array(hasRest ? seen.prefix(Self.colouredMax) : seen[...])
        // What has a place is found sooner in the order of the picture.
        if found.colouring == .name || found.colouring == .prefix {
            single.sort {
                (counted[$0].rank, counted[$0].firstSpan)
                    < (counted[$1].rank, counted[$1].firstSpan)
            }
        }
        var categories = single.map { counted[$0] }
        var positions = [Int](repeating: single.count, count: counted.count)
        for (position, index) in single.enumerated() { positions[index] = position }
        if hasRest {
            let rest = seen.dropFirst(Self.colouredMax)
            var last = MapCategory(text: "\(rest.count) others")
            for index in rest {
                last.blockCount += counted[index].blockCount
                last.addresses = last.addresses + counted[index].addresses
                last.inside = last.inside + counted[index].inside
            }
            categories.append(last)
        }
        self.categories = categories
        self.positions = positions
    }

    private static func weight(_ category: MapCategory) -> AddressCount {
        category.addresses + category.inside
    }

    private static func isBefore(_ left: MapCategory, _ right: MapCategory) -> Bool {
        if left.rank != right.rank { return left.rank < right.rank }
        let (leftWeight, rightWeight) = (weight(left), weight(right))
        if leftWeight != rightWeight { return leftWeight > rightWeight }
        return left.text < right.text
    }

    /// The letter of a category: A, B, ...; Z for the rest.
    func letter(_ category: Int) -> Character {
        if hasRest, category == categories.count - 1 { return "Z" }
        return Character(UnicodeScalar(UInt8(ascii: "A") + UInt8(category)))
    }
}
