internal import IPAM

/// What a manifest changes in an object, field by field.
struct ManifestDifference {
    /// A field before and after; absent where it has no value.
    struct Change: Encodable, Equatable {
        let path: String
        let from: String?
        let to: String?
    }

    let changes: [Change]

    /// `old` is the object as it is, if there is one. The manifest is one that the daemon takes:
    /// what it leaves out stays, what can be set once has not been set to something else.
    init(_ manifest: Manifest, _ old: Resource?) throws(InvalidManifest) {
        let spec = try manifest.validated()
        let before = old.map(Self.fields) ?? [:]
        var after = before
        after["apiVersion"] = manifest.apiGroup.description
        Self.replace("metadata.labels", manifest.labels, in: &after)
        Self.replace("metadata.annotations", manifest.annotations, in: &after)
        let names = Self.parentFields(manifest.key.kind)
        for (path, value) in Self.fields(spec, names, policy: manifest.policy != nil) {
            // What was found before is what is asked for now, or the daemon would refuse it.
            if path == "spec.prefix", old?.placement?.block.description == value { continue }
            if path == names.name, old?.parent == value { continue }
            if path == "spec.prefixLength", old?.placement?.block.length.description == value {
                continue
            }
            after[path] = value
        }
        if manifest.policy != nil {
            let kept = Set(Self.policyFields(spec).keys)
            for path in after.keys where path.hasPrefix("spec.policy.") && !kept.contains(path) {
                after[path] = nil
            }
        }
        changes = Set(before.keys).union(after.keys).sorted()
            .filter { before[$0] != after[$0] }
            .map { Change(path: $0, from: before[$0], to: after[$0]) }
    }

    private static func replace(
        _ path: String, _ labels: Labels?, in fields: inout [String: String]
    ) {
        guard let labels else { return }
        for key in fields.keys where key.hasPrefix(path + ".") { fields[key] = nil }
        add(path, labels, to: &fields)
    }

    private static func add(_ path: String, _ labels: Labels, to fields: inout [String: String]) {
        for pair in labels.pairs { fields["\(path).\(pair.key)"] = pair.value }
    }

    private static func fields(_ resource: Resource) -> [String: String] {
        var fields = fields(
            resource.spec, parentFields(resource.key.kind), policy: true)
        fields["apiVersion"] = resource.apiGroup.description
        add("metadata.labels", resource.labels, to: &fields)
        add("metadata.annotations", resource.annotations, to: &fields)
        return fields
    }

    /// A Prefix has a parent, an allocation a Prefix.
    private static func parentFields(_ kind: ResourceKind) -> (name: String, selector: String) {
        switch kind {
        case .prefix: ("spec.parentRef.name", "spec.parentSelector")
        case .prefixAllocation: ("spec.prefixRef.name", "spec.prefixSelector")
        }
    }

    private static func fields(
        _ spec: Spec, _ names: (name: String, selector: String), policy: Bool
    ) -> [String: String] {
        var fields = policy ? policyFields(spec) : [:]
        fields["spec.ipFamily"] = spec.family.description
        fields["spec.prefix"] = spec.prefix?.description
        fields["spec.prefixLength"] = spec.prefixLength?.description
        fields[names.name] = spec.parent
        fields[names.selector] = spec.selector.map { $0.isEmpty ? "{}" : $0.description }
        if spec.parentStrategy != .bestFit {
            fields["spec.parentStrategy"] = spec.parentStrategy.description
        }
        return fields
    }

    private static func policyFields(_ spec: Spec) -> [String: String] {
        guard let policy = spec.policy else { return [:] }
        let document = PolicyDocument(policy, spec.family)
        let fields: [String: String?] = [
            "strategy": document.strategy, "quota": document.quota,
            "quotaPerOwner": document.quotaPerOwner,
            "minPrefixLength": document.minPrefixLength?.description,
            "maxPrefixLength": document.maxPrefixLength?.description,
            "defaultPrefixLength": document.defaultPrefixLength?.description,
            "reserved": document.reserved?.joined(separator: ", "),
            "excluded": document.excluded?.joined(separator: ", "),
            "excludeNetworkAndBroadcast": document.excludeNetworkAndBroadcast?.description,
            "ownerOnly": document.ownerOnly?.description,
        ]
        var named: [String: String] = [:]
        for (name, value) in fields { named["spec.policy.\(name)"] = value }
        return named
    }
}

extension ManifestDifference {
    /// The changes, a line for each value: what goes with `-`, what comes with `+`.
    func text(isColoured: Bool) -> String {
        changes.map { change in
            let old = change.from.map { ("- \(change.path): \($0.shownSafely)", Colour.red) }
            let new = change.to.map { ("+ \(change.path): \($0.shownSafely)", Colour.green) }
            return [old, new].compactMap(\.self).map { line, colour in
                "  " + (isColoured ? colour.paint(line) : line) + "\n"
            }.joined()
        }.joined()
    }
}
