internal import IPAM

/// What an import would do, given what there is: each record is made, is there already, or is in
/// conflict with something.
struct ImportPlan {
    private(set) var created: [ImportRecord] = []
    private(set) var unchanged: [ImportRecord] = []
    private(set) var conflicts: [ImportConflict]

    private var objects: [ResourceKey: Resource] = [:]
    private var places: [ResourceKey: String] = [:]
    private var parents: [ResourceKey: IPPrefix] = [:]
    private var taken: [ResourceKey: TakenBlocks] = [:]

    init(_ source: ImportSource, among existing: [Resource]) {
        conflicts = source.conflicts
        for resource in existing {
            objects[resource.key] = resource
            if let placement = resource.placement { note(resource.key, placement) }
        }
        // Outer Prefixes come before what is in them, and all Prefixes before allocations.
        let sorted = source.records.enumerated().sorted { left, right in
            Self.rank(left.element, left.offset) < Self.rank(right.element, right.offset)
        }
        for record in sorted.map(\.element) { add(record) }
    }

    private static func rank(_ record: ImportRecord, _ offset: Int) -> (Int, Int, Int) {
        let isRoot = record.manifest.parent == nil && record.manifest.selector == nil
        let isPrefix = record.manifest.key.kind == .prefix
        return (isPrefix ? (isRoot ? 0 : 1) : 2, Int(record.block?.length ?? .max), offset)
    }

    private mutating func note(_ key: ResourceKey, _ placement: Placement) {
        if key.kind == .prefix { parents[key] = placement.block }
        // A child and the allocation by which it holds its block are one.
        guard let parent = placement.parent else { return }
        let place = ResourceKey(kind: .prefix, namespace: key.namespace, name: parent)
        taken[place, default: TakenBlocks()].insert(placement.block, key)
    }

    private mutating func add(_ record: ImportRecord) {
        let key = record.manifest.key
        if let other = places[key] {
            return refuse(record, "\(other) is of the same name")
        }
        places[key] = record.place
        if let object = objects[key] {
            let block = object.placement?.block ?? object.spec.prefix
            guard record.block == nil || block == record.block else {
                let held = block.map { "\($0)" } ?? "no prefix yet"
                return refuse(record, "it is there already, with \(held)")
            }
            unchanged.append(record)
            return
        }
        if let block = record.block, let parent = record.manifest.parent {
            if let sentence = fault(of: block, in: parent, key) { return refuse(record, sentence) }
            note(key, Placement(block: block, parent: parent))
        } else if let block = record.block, key.kind == .prefix, record.manifest.selector == nil {
            note(key, Placement(block: block, parent: nil))
        }
        created.append(record)
    }

    private mutating func refuse(_ record: ImportRecord, _ sentence: String) {
        conflicts.append(
            ImportConflict(place: record.place, key: record.manifest.key, sentence: sentence))
    }

    private func fault(of block: IPPrefix, in parent: String, _ key: ResourceKey) -> String? {
        let parentKey = ResourceKey(kind: .prefix, namespace: key.namespace, name: parent)
        guard let outer = parents[parentKey] else {
            return objects[parentKey] == nil
                ? "there is no Prefix \(parent)" : "its parent \(parent) is not Allocated"
        }
        guard outer.contains(block), outer != block else {
            return "\(block) is not inside its parent \(parent) (\(outer))"
        }
        guard let holder = taken[parentKey]?.holder(of: block) else { return nil }
        return "\(block) is taken, wholly or in part, by \(holder)"
    }
}

/// The blocks that are taken in one Prefix, and by whom.
struct TakenBlocks {
    private var blocks: [IPPrefix: ResourceKey] = [:]
    /// Every block that has a taken one inside.
    private var outer: [IPPrefix: ResourceKey] = [:]

    mutating func insert(_ block: IPPrefix, _ key: ResourceKey) {
        // A Prefix is what people know; the allocation that it controls has the same block.
        if blocks[block] == nil || key.kind == .prefix { blocks[block] = key }
        for length in (0..<block.length).reversed() {
            let around = IPPrefix(containing: block.firstAddress, length: length)
            if outer.updateValue(key, forKey: around) != nil { return }
        }
    }

    /// Somebody who holds a part of a block, or more than it.
    func holder(of block: IPPrefix) -> ResourceKey? {
        if let key = outer[block] { return key }
        for length in (0...block.length).reversed() {
            let around = IPPrefix(containing: block.firstAddress, length: length)
            if let key = blocks[around] { return key }
        }
        return nil
    }
}
