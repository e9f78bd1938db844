package import IPAM

/// Family, prefix and length travel as the user wrote them: the server judges them, and its
/// refusal names the path of the field.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | key | resource key |
/// | 2 | apiGroup | u8: 1 ipam.ironcore.dev, 2 ipam.OpenKCM.dev |
/// | 3 | labels | labels; present they replace all, absent they stay |
/// | 4 | annotations | labels, likewise |
/// | 5, critical | resourceVersion | u64, a precondition |
/// | 6 | ipFamily | text |
/// | 7, critical | prefix | text |
/// | 8, critical | prefixLength | u64, an i64 in two's complement |
/// | 9, critical | parent | text |
/// | 10, critical | selector | selector; present and empty it matches everything |
/// | 11, critical | parentStrategy | text |
/// | 12, critical | policy | manifest policy; present it replaces the policy, absent it stays |
extension Manifest: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, key)
        writer.field(2, apiGroup.rawValue)
        writer.field(3, ifPresent: labels)
        writer.field(4, ifPresent: annotations)
        writer.field(.critical(5), ifPresent: resourceVersion)
        writer.field(6, ifPresent: ipFamily)
        writer.field(.critical(7), ifPresent: prefix)
        writer.field(.critical(8), ifPresent: prefixLength.map(UInt64.init(bitPattern:)))
        writer.field(.critical(9), ifPresent: parent)
        writer.field(.critical(10), ifPresent: selector)
        writer.field(.critical(11), ifPresent: parentStrategy)
        writer.field(.critical(12), ifPresent: policy)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var key: ResourceKey?
        var apiGroup: APIGroup?
        var rest = Manifest(key: ResourceKey(kind: .prefix, namespace: "", name: ""))
        while let field = try fields.next() {
            switch field.number {
            case 1: key = try field.structure("resource key")
            case 2: apiGroup = try field.value()
            case 3: rest.labels = try field.structure("labels")
            case 4: rest.annotations = try field.structure("annotations")
            case 5: rest.resourceVersion = try field.integer()
            case 6: rest.ipFamily = try field.text()
            case 7: rest.prefix = try field.text()
            case 8: rest.prefixLength = Int64(bitPattern: try field.integer())
            case 9: rest.parent = try field.text()
            case 10: rest.selector = try field.structure("selector")
            case 11: rest.parentStrategy = try field.text()
            case 12: rest.policy = try field.structure("manifest policy")
            default: try field.skip()
            }
        }
        rest.key = try fields.required(key, 1)
        rest.apiGroup = try fields.required(apiGroup, 2)
        self = rest
    }
}

/// As the user wrote it. Every field is critical: who does not know it would give out what must
/// not be given out.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | strategy | text |
/// | 2, critical | minPrefixLength | u64, an i64 in two's complement |
/// | 3, critical | maxPrefixLength | likewise |
/// | 4, critical | defaultPrefixLength | likewise |
/// | 5, critical | reserved | repeated text |
/// | 6, critical | excluded | repeated text |
/// | 7, critical | excludeNetworkAndBroadcast | flag |
/// | 8, critical | quota | text |
/// | 9, critical | quotaPerOwner | text |
/// | 10, critical | ownerOnly | flag |
extension Manifest.Policy: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), ifPresent: strategy)
        writer.field(.critical(2), ifPresent: minPrefixLength.map(UInt64.init(bitPattern:)))
        writer.field(.critical(3), ifPresent: maxPrefixLength.map(UInt64.init(bitPattern:)))
        writer.field(.critical(4), ifPresent: defaultPrefixLength.map(UInt64.init(bitPattern:)))
        writer.fields(.critical(5), reserved)
        writer.fields(.critical(6), excluded)
        writer.field(.critical(7), flag: excludeNetworkAndBroadcast)
        writer.field(.critical(8), ifPresent: quota)
        writer.field(.critical(9), ifPresent: quotaPerOwner)
        writer.field(.critical(10), flag: ownerOnly)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init()
        let most = Limits.policyRangesReadMax
        while let field = try fields.next() {
            switch field.number {
            case 1: strategy = try field.text()
            case 2: minPrefixLength = Int64(bitPattern: try field.integer())
            case 3: maxPrefixLength = Int64(bitPattern: try field.integer())
            case 4: defaultPrefixLength = Int64(bitPattern: try field.integer())
            case 5: try field.append(try field.text(isRepeatable: true), to: &reserved, max: most)
            case 6: try field.append(try field.text(isRepeatable: true), to: &excluded, max: most)
            case 7: excludeNetworkAndBroadcast = try field.flag()
            case 8: quota = try field.text()
            case 9: quotaPerOwner = try field.text()
            case 10: ownerOnly = try field.flag()
            default: try field.skip()
            }
        }
    }
}

extension Limits {
    /// Ranges of one list that are read: more than a policy may have, so that the refusal can
    /// name the field; not so many that judging them would keep others waiting.
    package static let policyRangesReadMax = 4 * policyRangesMax
}
