internal import IPAM

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
        var reader = DocumentReader(file.text, within: ManifestLimits.file)
        do throws(DocumentFault) {
            while let value = try reader.next() {
                read(value, at: place)
                place = ManifestPlace(file: file.name, document: place.document + 1)
            }
        } catch {
            let fault = Fault(path: "document", kind: .invalid, sentence: error.placedSentence)
            add(error.code, place, fault)
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
}

extension DocumentValue {
    fileprivate func isText(_ wanted: String) -> Bool {
        if case .text(wanted) = self { true } else { false }
    }
}
