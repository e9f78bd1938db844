/// | number | field | |
/// |---|---|---|
/// | 1 | kind | u8: 1 Prefix, 2 PrefixAllocation |
/// | 2 | namespace | text |
/// | 3 | name | text |
extension ResourceKey: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, kind.rawValue)
        writer.field(2, namespace)
        writer.field(3, name)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var kind: ResourceKind?
        var namespace: String?
        var name: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: kind = try field.kind()
            case 2: namespace = try field.text()
            case 3: name = try field.text()
            default: try field.skip()
            }
        }
        self.init(
            kind: try fields.required(kind, 1),
            namespace: try fields.required(namespace, 2),
            name: try fields.required(name, 3))
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | family | u8: 4 or 6 |
/// | 2 | prefix | prefix |
/// | 3 | prefixLength | u8; this or prefix or both |
/// | 4 | parent | text |
/// | 5, critical | selector | selector; without parent and selector the Prefix is a root |
/// | 6, critical | parentStrategy | u8: 2 Emptiest; absent: BestFit |
/// | 7, critical | policy | policy, absent if it says nothing |
extension Spec: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, family.rawValue)
        writer.field(2, ifPresent: prefix)
        writer.field(3, ifPresent: prefixLength)
        writer.field(4, ifPresent: parent)
        writer.field(.critical(5), ifPresent: selector)
        writer.field(.critical(6), unlessDefault: parentStrategy, .bestFit)
        writer.field(.critical(7), ifPresent: policy)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var family: IPFamily?
        var prefix: IPPrefix?
        var prefixLength: UInt8?
        var parent: String?
        var selector: Selector?
        var parentStrategy = ParentStrategy.bestFit
        var policy: PrefixPolicy?
        while let field = try fields.next() {
            switch field.number {
            case 1: family = try field.value()
            case 2: prefix = try field.prefix()
            case 3: prefixLength = try field.integer()
            case 4: parent = try field.text()
            case 5: selector = try field.structure("selector")
            case 6: parentStrategy = try field.value()
            case 7: policy = try field.structure("policy")
            default: try field.skip()
            }
        }
        let spec = Spec(
            family: try fields.required(family, 1), prefix: prefix, prefixLength: prefixLength,
            parent: parent, selector: selector, parentStrategy: parentStrategy, policy: policy)
        guard let spec else {
            throw fields.invalid("family, prefix and prefix length do not agree")
        }
        self = spec
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | block | prefix |
/// | 2 | parent | text, the name of a Prefix; absent for a root |
extension Placement: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, block)
        writer.field(2, ifPresent: parent)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var block: IPPrefix?
        var parent: String?
        while let field = try fields.next() {
            switch field.number {
            case 1: block = try field.prefix()
            case 2: parent = try field.text()
            default: try field.skip()
            }
        }
        self.init(block: try fields.required(block, 1), parent: parent)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | key | resource key |
/// | 2 | uid | u128 |
/// | 3 | version | u64, an LSN |
/// | 4 | generation | u64 |
/// | 5 | created | u64, ms since 1970 |
/// | 6 | owner | u32, a uid |
/// | 7 | apiGroup | u8: 1 ipam.ironcore.dev, 2 ipam.OpenKCM.dev |
/// | 8 | labels | labels, absent if there are none |
/// | 9 | annotations | labels, absent if there are none |
/// | 10 | spec | spec |
/// | 11 | phase | u8: 1 Pending, 2 Allocated, 3 Failed |
/// | 12 | phaseSince | u64, ms since 1970 |
/// | 13, critical | placement | exactly when Allocated |
/// | 14 | failure | u8, a reason, exactly when Failed |
/// | 15 | controller | text, the name of a Prefix |
extension Resource: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, uid.number)
        writer.field(3, version)
        writer.field(4, generation)
        writer.field(5, created.milliseconds)
        writer.field(6, owner)
        writer.field(7, apiGroup.rawValue)
        writer.field(8, ifPresent: labels.isEmpty ? nil : labels)
        writer.field(9, ifPresent: annotations.isEmpty ? nil : annotations)
        writer.field(10, spec)
        writer.field(11, status.phase.rawValue)
        writer.field(12, phaseSince.milliseconds)
        writer.field(.critical(13), ifPresent: placement)
        if case .failed(let reason) = status { writer.field(14, reason.rawValue) }
        writer.field(15, ifPresent: controller)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var parts = Parts()
        while let field = try fields.next() { try parts.take(field) }
        let status: Status? =
            switch (parts.phase, parts.placement, parts.failure) {
            case (.pending, nil, nil): .pending
            case (.allocated, let placement?, nil): .allocated(placement)
            case (.failed, nil, let reason?): .failed(reason)
            default: nil
            }
        guard let status else {
            throw fields.invalid("phase, placement and failure do not agree", 11)
        }
        self.init(
            key: try fields.required(parts.key, 1),
            uid: ResourceUID(number: try fields.required(parts.uid, 2)),
            version: try fields.required(parts.version, 3),
            generation: try fields.required(parts.generation, 4),
            created: Instant(milliseconds: try fields.required(parts.created, 5)),
            owner: try fields.required(parts.owner, 6),
            apiGroup: try fields.required(parts.apiGroup, 7),
            labels: parts.labels, annotations: parts.annotations,
            spec: try fields.required(parts.spec, 10), status: status,
            phaseSince: Instant(milliseconds: try fields.required(parts.phaseSince, 12)),
            controller: parts.controller)
    }

    /// The fields as they come in.
    private struct Parts {
        var uid: UInt128?
        var key: ResourceKey?
        var version: UInt64?
        var generation: UInt64?
        var created: UInt64?
        var owner: UInt32?
        var apiGroup: APIGroup?
        var labels: Labels = [:]
        var annotations: Labels = [:]
        var spec: Spec?
        var phase: Phase?
        var phaseSince: UInt64?
        var placement: Placement?
        var failure: Reason?
        var controller: String?

        mutating func take(_ field: Field) throws(DecodingFault) {
            switch field.number {
            case 1: key = try field.structure("resource key")
            case 2: uid = try field.integer()
            case 3: version = try field.integer()
            case 4: generation = try field.integer()
            case 5: created = try field.integer()
            case 6: owner = try field.integer()
            case 7: apiGroup = try field.value()
            case 8: labels = try field.structure("labels")
            case 9: annotations = try field.structure("annotations")
            case 10: spec = try field.structure("spec")
            case 11: phase = try field.value()
            case 12: phaseSince = try field.integer()
            case 13: placement = try field.structure("placement")
            case 14: failure = try field.value()
            case 15: controller = try field.text()
            default: try field.skip()
            }
        }
    }
}
