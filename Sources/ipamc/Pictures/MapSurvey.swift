internal import Glibc
internal import IPAM
internal import IPAMClient

/// What a map is drawn from, as the daemon tells it.
struct MapSurvey {
    let map: AddressMap
    let legend: MapLegend
    let namespace: String
    /// Of the mapped Prefix.
    let usage: PrefixUsage?
    /// How many claims wait for room here, or have failed.
    let pendingCount: Int
    let failedCount: Int
    /// Whether some of what others have is shown larger than it is.
    let isRough: Bool

    /// With more allocations than this, labels are kept for colours alone.
    fileprivate static let labelledMax: UInt64 = 20_000

    /// Reads all there is to know of a Prefix, page after page. `block` is the part that is
    /// meant, if it is not all.
    static func read(
        _ chosen: MapTarget, _ colouring: MapColouring, now: Instant, client: inout Client
    ) throws(ClientError) -> MapSurvey {
        var reader = Reader(chosen, colouring, now: now)
        try reader.readUsage(&client)
        try reader.readAllocations(&client)
        if client.greeting.role == .agent { try reader.lookForOthers(&client) }
        return reader.survey
    }

    /// What cannot be seen in the picture, a line each.
    var notes: [String] {
        var notes: [String] = []
        if pendingCount + failedCount > 0 {
            notes.append("without a place: \(pendingCount) Pending, \(failedCount) Failed")
        }
        if isRough { notes.append("what others have is shown larger than it is") }
        return notes
    }
}

/// Fills a survey.
private struct Reader {
    private let target: MapTarget
    private var categories: MapCategories
    private var regions: [AddressMap.Region] = []
    private var positions: [String: Int] = [:]
    private var holdings: [AddressMap.Holding] = []
    private var usages: [String: PrefixUsage] = [:]
    /// Per region, the blocks that are seen in it.
    private var seen: [[IPPrefix]] = []
    private var others = OthersSpace()
    private var pendingCount = 0
    private var failedCount = 0

    init(_ target: MapTarget, _ colouring: MapColouring, now: Instant) {
        self.target = target
        var names = UserNames()
        categories = MapCategories(colouring, now: now) { uid in
            let name = names.name(of: String(uid))
            return name == String(uid) ? nil : name
        }
        addRegions()
    }

    /// The mapped Prefix and those in it, parents first.
    private mutating func addRegions() {
        var children: [String: [Resource]] = [:]
        for resource in target.prefixes {
            guard let parent = resource.placement?.parent else { continue }
            children[parent, default: []].append(resource)
        }
        var queue: [(resource: Resource, parent: Int?)] = [(target.prefix, nil)]
        var next = 0
        while next < queue.count {
            let (resource, parent) = queue[next]
            next += 1
            guard let block = resource.placement?.block else { continue }
            let index = regions.count
            positions[resource.key.name] = index
            regions.append(
                AddressMap.Region(
                    name: resource.key.name, block: block, parent: parent,
                    policy: resource.spec.policy, owner: resource.owner,
                    labels: resource.labels, created: resource.created))
            seen.append([])
            if let parent { seen[parent].append(block) }
            regions[index].category = categories.index(of: index, regions)
            let inside = (children[resource.key.name] ?? []).sorted { $0.key < $1.key }
            queue += inside.map { ($0, index) }
        }
    }

    mutating func readUsage(_ client: inout Client) throws(ClientError) {
        let query = Query.Usage(namespace: target.prefix.key.namespace)
        for usage in try client.all(query).0 where positions[usage.key.name] != nil {
            usages[usage.key.name] = usage
        }
    }

    /// Page by page, so that not all that a list says of a million allocations is kept.
    mutating func readAllocations(_ client: inout Client) throws(ClientError) {
        let keepsLabels =
            usages.values.reduce(0) { $0 + $1.allocationCount } <= MapSurvey.labelledMax
        var query = Query.List(
            kind: .prefixAllocation, namespace: target.prefix.key.namespace)
        while true {
            let page = try client.list(query).value
            for item in page.items where item.resource.controller == nil {
                add(item.resource, keepsLabels)
            }
            guard let next = page.next else { break }
            query.after = next
        }
        // A child Prefix that waits is a claim like others.
        for resource in target.prefixes where resource.placement == nil {
            add(resource, keepsLabels)
        }
    }

    private mutating func add(_ resource: Resource, _ keepsLabels: Bool) {
        guard let placement = resource.placement else {
            addWaiting(resource)
            return
        }
        guard let parent = placement.parent, let region = positions[parent] else { return }
        seen[region].append(placement.block)
        guard placement.block.overlaps(target.block) else { return }
        holdings.append(holding(resource, placement.block, in: region, keepsLabels))
    }

    /// What is not placed is counted, and drawn where it wants to be if phases are drawn.
    private mutating func addWaiting(_ resource: Resource) {
        let spec = resource.spec
        let region: Int?
        if let parent = spec.parent {
            region = positions[parent]
        } else {
            let family = target.block.family
            region =
                spec.family == family && spec.selector?.matches(target.prefix.labels) ?? false
                ? 0 : nil
        }
        guard let region else { return }
        switch resource.status.phase {
        case .pending: pendingCount += 1
        case .failed: failedCount += 1
        case .allocated: return
        }
        guard categories.colouring == .phase, let wanted = spec.prefix,
            regions[region].block.contains(wanted), wanted.overlaps(target.block)
        else { return }
        holdings.append(holding(resource, wanted, in: region, true))
    }

    private mutating func holding(
        _ resource: Resource, _ block: IPPrefix, in region: Int, _ keepsLabels: Bool
    ) -> AddressMap.Holding {
        AddressMap.Holding(
            block: block, name: resource.key.name, owner: resource.owner,
            labels: keepsLabels ? resource.labels : [:],
            category: categories.index(of: resource, in: region, regions),
            isPlaced: resource.placement != nil)
    }

    /// An agent is told of its own allocations alone.
    mutating func lookForOthers(_ client: inout Client) throws(ClientError) {
        for (index, region) in regions.enumerated() where region.block.overlaps(target.block) {
            guard let usage = usages[region.name],
                usage.allocationCount > UInt64(seen[index].count)
            else { continue }
            if region.policy?.isOwnerOnly == true, region.owner != getuid() {
                regions[index].isUntold = true
                continue
            }
            let request = Command.Request(
                namespace: target.prefix.key.namespace, name: "map", parent: region.name)
            try others.look(in: region, usage, own: seen[index]) {
                block throws(ClientError) -> Bool? in
                var query = Query.Explain(request: request)
                query.request.prefix = block
                return OthersSpace.verdict(try client.explain(query).value.candidates.first)
            }
        }
    }

    var survey: MapSurvey {
        let map = AddressMap(
            block: target.block, regions: regions, holdings: holdings, others: others.found)
        return MapSurvey(
            map: map, legend: MapLegend(map, categories),
            namespace: target.prefix.key.namespace, usage: usages[target.prefix.key.name],
            pendingCount: pendingCount, failedCount: failedCount, isRough: others.isRough)
    }
}
