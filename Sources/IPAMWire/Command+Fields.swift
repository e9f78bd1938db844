package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1 | manifest | repeated manifest |
/// | 2, critical | dryRun | flag |
extension Command.Apply: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(1, manifests)
        writer.field(.critical(2), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init(manifests: [])
        while let field = try fields.next() {
            switch field.number {
            case 1:
                let manifest: Manifest = try field.structure("manifest", isRepeatable: true)
                try field.append(manifest, to: &manifests, max: Limits.itemsPerCommandMax)
            case 2: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | namespace | text |
/// | 2 | name | text |
/// | 3 | family | u8: 4 or 6 |
/// | 4, critical | prefix | prefix |
/// | 5, critical | prefixLength | u8 |
/// | 6, critical | parent | text |
/// | 7, critical | selector | selector |
/// | 8, critical | anyParent | flag |
/// | 9 | labels | labels, absent if there are none |
/// | 10, critical | dryRun | flag |
extension Command.Request: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, namespace)
        writer.field(2, name)
        writer.field(3, ifPresent: family?.rawValue)
        writer.field(.critical(4), ifPresent: prefix)
        writer.field(.critical(5), ifPresent: prefixLength)
        writer.field(.critical(6), ifPresent: parent)
        writer.field(.critical(7), ifPresent: selector)
        writer.field(.critical(8), flag: anyParent)
        writer.field(9, ifPresent: labels.isEmpty ? nil : labels)
        writer.field(.critical(10), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        var name: String?
        self.init(name: "")
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: name = try field.text()
            case 3: family = try field.value()
            case 4: prefix = try field.prefix()
            case 5: prefixLength = try field.integer()
            case 6: parent = try field.text()
            case 7: selector = try field.structure("selector")
            case 8: anyParent = try field.flag()
            case 9: labels = try field.structure("labels")
            case 10: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
        self.namespace = try fields.required(namespace, 1)
        self.name = try fields.required(name, 2)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | namespace | text |
/// | 2 | name | repeated text |
/// | 3 | block | repeated prefix |
/// | 4, critical | selector | selector |
/// | 5, critical | parent | text |
/// | 6 | ignoreMissing | flag |
extension Command.Release: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, namespace)
        writer.fields(2, names)
        writer.fields(3, blocks)
        writer.field(.critical(4), ifPresent: selector)
        writer.field(.critical(5), ifPresent: parent)
        writer.field(6, flag: ignoresMissing)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var namespace: String?
        self.init()
        let most = Limits.itemsPerCommandMax
        while let field = try fields.next() {
            switch field.number {
            case 1: namespace = try field.text()
            case 2: try field.append(try field.text(isRepeatable: true), to: &names, max: most)
            case 3: try field.append(try field.prefix(isRepeatable: true), to: &blocks, max: most)
            case 4: selector = try field.structure("selector")
            case 5: parent = try field.text()
            case 6: ignoresMissing = try field.flag()
            default: try field.skip()
            }
        }
        self.namespace = try fields.required(namespace, 1)
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1 | key | repeated resource key |
/// | 2 | ignoreMissing | flag |
extension Command.Delete: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(1, keys)
        writer.field(2, flag: ignoresMissing)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init(keys: [])
        while let field = try fields.next() {
            switch field.number {
            case 1:
                let key: ResourceKey = try field.structure("resource key", isRepeatable: true)
                try field.append(key, to: &keys, max: Limits.itemsPerCommandMax)
            case 2: ignoresMissing = try field.flag()
            default: try field.skip()
            }
        }
    }
}

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
            default: try field.skip()
            }
        }
        rest.key = try fields.required(key, 1)
        rest.apiGroup = try fields.required(apiGroup, 2)
        self = rest
    }
}
