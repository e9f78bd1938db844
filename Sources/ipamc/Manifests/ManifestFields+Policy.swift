internal import IPAM

/// Reads `spec.policy`: how a Prefix gives out its space.
extension ManifestFields {
    /// Present and empty is a policy too: it replaces the one that there is by none.
    mutating func policy(_ spec: inout FieldCursor) -> Manifest.Policy? {
        guard var fields = spec.map("policy", &faults) else { return nil }
        var policy = Manifest.Policy()
        policy.strategy = fields.text("strategy", &faults)
        policy.minPrefixLength = fields.integer("minPrefixLength", &faults)
        policy.maxPrefixLength = fields.integer("maxPrefixLength", &faults)
        policy.defaultPrefixLength = fields.integer("defaultPrefixLength", &faults)
        policy.reserved = texts("reserved", of: &fields)
        policy.excluded = texts("excluded", of: &fields)
        policy.excludeNetworkAndBroadcast =
            fields.flag("excludeNetworkAndBroadcast", &faults) ?? false
        policy.quota = fields.digits("quota", &faults)
        policy.quotaPerOwner = fields.digits("quotaPerOwner", &faults)
        policy.ownerOnly = fields.flag("ownerOnly", &faults) ?? false
        faults.add(unknownFieldsOf: fields)
        return policy
    }

    private mutating func texts(_ name: String, of fields: inout FieldCursor) -> [String] {
        let path = fields.path(of: name)
        return (fields.list(name, &faults) ?? []).enumerated().map { index, value in
            FieldCursor.text(value, at: "\(path)[\(index)]", &faults) ?? ""
        }
    }
}
