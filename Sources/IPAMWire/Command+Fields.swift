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
/// | 11, critical | addresses | u128 |
/// | 12, critical | parentStrategy | u8: 2 Emptiest; absent: BestFit |
/// | 13, critical | asPrefix | flag |
/// | 14, critical | waitMilliseconds | u32; absent: the request does not wait |
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
        writer.field(.critical(11), ifPresent: addresses)
        writer.field(.critical(12), unlessDefault: parentStrategy, .bestFit)
        writer.field(.critical(13), flag: asPrefix)
        writer.field(.critical(14), ifPresent: waitMilliseconds)
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
            case 11: addresses = try field.integer()
            case 12: parentStrategy = try field.value()
            case 13: asPrefix = try field.flag()
            case 14: waitMilliseconds = try field.integer()
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
/// | 7, critical | dryRun | flag |
extension Command.Release: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(1, namespace)
        writer.fields(2, names)
        writer.fields(3, blocks)
        writer.field(.critical(4), ifPresent: selector)
        writer.field(.critical(5), ifPresent: parent)
        writer.field(6, flag: ignoresMissing)
        writer.field(.critical(7), flag: isDryRun)
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
            case 7: isDryRun = try field.flag()
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
/// | 3, critical | dryRun | flag |
extension Command.Delete: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(1, keys)
        writer.field(2, flag: ignoresMissing)
        writer.field(.critical(3), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init(keys: [])
        while let field = try fields.next() {
            switch field.number {
            case 1:
                let key: ResourceKey = try field.structure("resource key", isRepeatable: true)
                try field.append(key, to: &keys, max: Limits.itemsPerCommandMax)
            case 2: ignoresMissing = try field.flag()
            case 3: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
    }
}
