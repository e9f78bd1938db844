import IPAM
import Testing

@testable import ipamc

/// A mapped Prefix with what lives in it, from a few texts.
struct MapSample {
    private(set) var regions: [AddressMap.Region] = []
    private(set) var holdings: [AddressMap.Holding] = []
    private var categories: MapCategories
    var others: [IPPrefix] = []

    init(
        _ block: String, by colouring: MapColouring = .prefix, policy: PrefixPolicy? = nil
    ) throws {
        categories = MapCategories(colouring, now: now) { $0 == 1000 ? "alice" : nil }
        try add("pool", block, in: nil, policy: policy)
    }

    /// A Prefix in another one.
    mutating func add(
        _ name: String, _ block: String, in parent: Int? = 0, labels: Labels = [:],
        policy: PrefixPolicy? = nil
    ) throws {
        regions.append(
            AddressMap.Region(
                name: name, block: try IPPrefix(block), parent: parent, policy: policy, owner: 1000,
                labels: labels, created: now))
        let index = regions.count - 1
        regions[index].category = categories.index(of: index, regions)
    }

    /// An allocation, or a claim that waits for the prefix that it names.
    mutating func hold(
        _ name: String, _ block: String, in region: Int = 0, labels: Labels = [:],
        owner: UInt32 = 1000, hours: UInt64 = 0, isPlaced: Bool = true
    ) throws {
        let block = try IPPrefix(block)
        let parent = regions[region].name
        let resource = Resource(
            key: ResourceKey(kind: .prefixAllocation, namespace: "default", name: name),
            uid: ResourceUID(incarnation: 1, lsn: 1, index: 0), version: 1,
            created: Instant(milliseconds: now.milliseconds - hours * 3_600_000), owner: owner,
            labels: labels,
            spec: try #require(Spec(family: block.family, prefix: block, parent: parent)),
            status: isPlaced ? .allocated(Placement(block: block, parent: parent)) : .pending,
            phaseSince: now)
        holdings.append(
            AddressMap.Holding(
                block: block, name: name, owner: owner, labels: labels,
                category: categories.index(of: resource, in: region, regions),
                isPlaced: isPlaced))
    }

    mutating func hide(_ region: Int) { regions[region].isUntold = true }

    func survey(_ part: String? = nil) throws -> MapSurvey {
        let map = AddressMap(
            block: try part.map { try IPPrefix($0) } ?? regions[0].block, regions: regions,
            holdings: holdings, others: others)
        return MapSurvey(
            map: map, legend: MapLegend(map, categories), namespace: "default", usage: nil,
            pendingCount: holdings.filter { !$0.isPlaced }.count, failedCount: 0, isRough: false)
    }

    func text(_ part: String? = nil, rows: Int = 32, isColoured: Bool = false) throws -> String {
        let survey = try survey(part)
        return MapText(survey.map, survey.legend, linesMax: rows, isColoured: isColoured)
            .text(facts: MapWords.facts(survey))
    }

    func drawing(rows: Int = 64) throws -> String {
        let survey = try survey()
        return MapDrawing(survey.map, survey.legend, linesMax: rows)
            .text(facts: MapWords.facts(survey))
    }
}

/// A site as there are many: two tenants, web servers, closed ranges.
func site(by colouring: MapColouring = .prefix) throws -> MapSample {
    var policy = PrefixPolicy()
    policy.reserved = try IPPrefixSet("10.8.0.0/25")
    policy.excluded = try IPPrefixSet("10.8.15.0/25")
    var sample = try MapSample("10.8.0.0/20", by: colouring, policy: policy)
    try sample.add("tenant-a", "10.8.4.0/22", labels: ["app": "vm"])
    try sample.add("tenant-b", "10.8.8.0/24")
    for index in 0..<5 {
        try sample.hold(
            "web-\(index)", "10.8.1.\(index * 32)/27", labels: ["app": "web"],
            hours: UInt64(index) * 30)
    }
    try sample.hold("a-1", "10.8.4.0/25", in: 1, owner: 1001)
    try sample.hold("a-2", "10.8.4.128/26", in: 1, labels: ["app": "db"], owner: 1001, hours: 9000)
    try sample.hold("b-1", "10.8.8.0/30", in: 2)
    return sample
}
