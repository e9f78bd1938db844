internal import IPAM
internal import Yams

/// Reads manifests: many documents a file, YAML or JSON (which is YAML), each an object or a
/// `List` of objects.
///
/// Strict, for a field that is passed over silently is an allocation that differs from what was
/// meant: unknown kinds and fields, wrong types and repeated keys are faults. All faults of all
/// documents are reported together.
struct ManifestReader {
    /// What the documents are read for.
    enum Purpose {
        /// Each must be a sound request.
        case apply
        /// Each names an object.
        case delete
    }

    private let namespace: String
    private let purpose: Purpose
    private var documents: [ManifestDocument] = []
    private var faults: [ManifestFault] = []

    private init(namespace: String, purpose: Purpose) {
        self.namespace = namespace
        self.purpose = purpose
    }

    /// The documents of all files; `namespace` is that of documents that name none.
    static func read(
        _ files: [ManifestFile], namespace: String, for purpose: Purpose
    ) throws(ManifestFaults) -> [ManifestDocument] {
        var reader = ManifestReader(namespace: namespace, purpose: purpose)
        for file in files { reader.read(file) }
        guard reader.faults.isEmpty else { throw ManifestFaults(faults: reader.faults) }
        return reader.documents
    }

    private mutating func read(_ file: ManifestFile) {
        var place = ManifestPlace(file: file.name, document: 1)
        guard Self.aliasCount(file.text) <= ManifestLimits.aliasesMax else {
            let sentence = "has more than \(ManifestLimits.aliasesMax) aliases; write them out"
            add(.invalid, place, Fault(path: "document", kind: .invalid, sentence: sentence))
            return
        }
        var nodesLeft = ManifestLimits.nodesMax
        do {
            // Without rules the parser leaves every plain scalar to us, and needs no regular
            // expressions for it.
            let parser = try Parser(yaml: file.text, resolver: .basic, encoding: .utf8)
            while let node = try parser.nextRoot() {
                read(try DocumentValue(node, nodesLeft: &nodesLeft), at: place)
                place = ManifestPlace(file: file.name, document: place.document + 1)
            }
        } catch let error as DocumentValueFault {
            let sentence = error.place + error.sentence
            add(.invalid, place, Fault(path: "document", kind: .invalid, sentence: sentence))
        } catch {
            let sentence = Self.sentence(error)
            add(.malformed, place, Fault(path: "document", kind: .invalid, sentence: sentence))
        }
    }

    private mutating func read(_ value: DocumentValue, at place: ManifestPlace) {
        // A document of comments alone, or nothing between two separators.
        if case .null = value { return }
        guard case .map(let pairs) = value,
            pairs.contains(where: { $0.key == "kind" && $0.value.isText("List") })
        else { return readObject(value, at: place) }
        var cursor = FieldCursor(pairs, path: "")
        var list = FaultList()
        let items = cursor.list("items", &list) ?? []
        cursor.ignore("apiVersion", "kind", "metadata")
        list.add(unknownFieldsOf: cursor)
        for (code, fault) in list.faults { add(code, place, fault) }
        for (index, item) in items.enumerated() {
            var itsPlace = place
            itsPlace.item = index + 1
            readObject(item, at: itsPlace)
        }
    }

    private mutating func readObject(_ value: DocumentValue, at place: ManifestPlace) {
        var fields = ManifestFields(namespace: namespace)
        let manifest = fields.manifest(value)
        var place = place
        place.object = fields.object
        for (code, fault) in fields.faults.faults { add(code, place, fault) }
        guard let manifest, fields.faults.isReadable else { return }
        let document = ManifestDocument(
            manifest: manifest, place: place, controller: fields.controller)
        switch purpose {
        case .apply where document.controller == nil:
            do throws(InvalidManifest) {
                _ = try manifest.validated()
            } catch {
                for fault in error.faults { add(.invalid, place, fault) }
            }
        case .delete where manifest.key.name.isEmpty:
            let fault = Fault("metadata.name", .required, "which object is it?")
            add(.invalid, place, fault)
        case .apply, .delete: break
        }
        documents.append(document)
    }

    private mutating func add(_ code: RefusalCode, _ place: ManifestPlace, _ fault: Fault) {
        faults.append(ManifestFault(code: code, place: place, fault: fault))
    }

    /// How often `*name` stands where an alias can; text in quotes may be counted too, but
    /// never without an anchor in the file.
    ///
    /// The parser compares keys by what their aliases mean, before anyone can count it, so the
    /// bound must hold before it begins.
    static func aliasCount(_ text: String) -> Int {
        var anchors = 0
        var aliases = 0
        var isStart = true
        var mark: UInt8 = 0
        for byte in text.utf8 {
            let isSpace = byte == UInt8(ascii: " ") || byte < 0x20
            let isIndicator = "[]{},:-".utf8.contains(byte)
            if mark != 0, !isSpace, !isIndicator {
                if mark == UInt8(ascii: "*") { aliases += 1 } else { anchors += 1 }
            }
            let isMark = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&")
            mark = isStart && isMark ? byte : 0
            isStart = isSpace || isIndicator
        }
        return anchors == 0 ? 0 : aliases
    }

    /// What the parser found, on one line and without the text around it.
    private static func sentence(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "cannot be read: \(error)" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line), column \(mark.column): \(problem)"
        case .reader(let problem, let offset, _, _):
            return "byte \(offset ?? 0): \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map(\.quotedForMessage).joined(separator: ", ")
            return "line \(context.mark.line), column \(context.mark.column): "
                + "the key \(names) stands more than once"
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return "cannot be read"
        @unknown default:
            return "cannot be read"
        }
    }
}

extension DocumentValue {
    fileprivate func isText(_ wanted: String) -> Bool {
        if case .text(wanted) = self { true } else { false }
    }
}
