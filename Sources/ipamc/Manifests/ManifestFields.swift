internal import IPAM

/// Reads the fields of one object: IronCore's Prefix or PrefixAllocation, in either spelling.
struct ManifestFields {
    private let namespace: String
    var faults = FaultList()
    private(set) var object: String?
    private(set) var controller: String?

    /// - Parameter namespace: the one of an object that names none.
    init(namespace: String) { self.namespace = namespace }

    /// The manifest, as far as it can be read; `faults` says what is wrong with it.
    mutating func manifest(_ value: DocumentValue) -> Manifest? {
        guard case .map(let pairs) = value else {
            faults.add("document", .invalid, "is \(value.typeName), not a map with a kind")
            return nil
        }
        var fields = FieldCursor(pairs, path: "")
        let group = apiGroup(fields.text("apiVersion", &faults))
        guard let kind = kind(fields.text("kind", &faults)) else { return nil }
        var manifest = Manifest(
            key: ResourceKey(kind: kind, namespace: namespace, name: ""),
            apiGroup: group ?? .ironcore)
        readMetadata(&fields, into: &manifest)
        object = manifest.key.name.isEmpty ? nil : manifest.key.description
        if var spec = fields.map("spec", &faults) {
            readSpec(&spec, into: &manifest)
            faults.add(unknownFieldsOf: spec)
        }
        // What became of an object is the daemon's to say; `get -o yaml` prints it, so pass over.
        fields.ignore("status")
        faults.add(unknownFieldsOf: fields)
        return manifest
    }

    private mutating func apiGroup(_ text: String?) -> APIGroup? {
        let known = APIGroup.allCases.map(\.description).joined(separator: " or ")
        guard let text else {
            if faults.isEmpty { faults.add("apiVersion", .required, "write \(known)") }
            return nil
        }
        if let group = APIGroup.allCases.first(where: { $0.description == text }) { return group }
        let sentence = "\(text.quotedForMessage) is not known; write \(known)"
        faults.add("apiVersion", .notSupported, sentence, code: .unknownKind)
        return nil
    }

    private mutating func kind(_ text: String?) -> ResourceKind? {
        let known = ResourceKind.allCases.map(\.description).joined(separator: " or ")
        guard let text else {
            faults.add("kind", .required, "write \(known)")
            return nil
        }
        if let kind = ResourceKind.allCases.first(where: { $0.description == text }) { return kind }
        let meant = Nearness.question(text, among: ResourceKind.allCases.map(\.description))
        let sentence =
            "\(text.quotedForMessage) is not known; " + (meant.map { "\($0) Write" } ?? "write")
            + " \(known)"
        faults.add("kind", .notSupported, sentence, code: .unknownKind)
        return nil
    }

    private mutating func readMetadata(_ fields: inout FieldCursor, into manifest: inout Manifest) {
        guard var metadata = fields.map("metadata", &faults) else {
            if faults.isEmpty { faults.add("metadata.name", .required, "give the object a name") }
            return
        }
        let name = metadata.text("name", &faults) ?? ""
        let itsNamespace = metadata.text("namespace", &faults) ?? namespace
        manifest.key = ResourceKey(kind: manifest.key.kind, namespace: itsNamespace, name: name)
        manifest.labels = metadata.labels("labels", &faults)
        manifest.annotations = metadata.labels("annotations", &faults)
        manifest.resourceVersion = resourceVersion(&metadata)
        controller = controllerName(metadata.take("ownerReferences"))
        metadata.ignore("uid", "generation", "creationTimestamp", "managedFields")
        faults.add(unknownFieldsOf: metadata)
    }

    /// Kubernetes writes versions as texts; a number is as clear.
    private mutating func resourceVersion(_ metadata: inout FieldCursor) -> UInt64? {
        switch metadata.take("resourceVersion") {
        case nil: return nil
        case .text(let digits), .number(let digits):
            if let version = UInt64(digits) { return version }
        case .null, .boolean, .list, .map: break
        }
        let sentence = "must be the version that get prints, or be left out"
        faults.add("metadata.resourceVersion", .invalid, sentence)
        return nil
    }

    /// The name of the owner that is marked as the controller, if there is one.
    private func controllerName(_ owners: DocumentValue?) -> String? {
        guard case .list(let list) = owners else { return nil }
        for case .map(let pairs) in list {
            guard pairs.contains(where: { $0.key == "controller" }) else { continue }
            for case (key: "name", value: .text(let name)) in pairs { return name }
        }
        return nil
    }

    private mutating func readSpec(_ spec: inout FieldCursor, into manifest: inout Manifest) {
        manifest.ipFamily = spec.text("ipFamily", &faults)
        manifest.prefix = spec.text("prefix", &faults)
        manifest.prefixLength = spec.integer("prefixLength", &faults)
        manifest.parentStrategy = spec.text("parentStrategy", &faults)
        // An allocation with a policy is told by validation what a policy is for.
        manifest.policy = policy(&spec)
        switch manifest.key.kind {
        case .prefix:
            manifest.parent = reference("parentRef", &spec)
            manifest.selector = selector("parentSelector", &spec)
        case .prefixAllocation:
            manifest.parent = reference("prefixRef", &spec)
            manifest.selector = selector("prefixSelector", &spec)
            // The source documents call an allocation's reference by the Prefix's word.
            guard let parent = reference("parentRef", &spec) else { return }
            if let other = manifest.parent, other != parent {
                faults.add("spec.parentRef", .forbidden, "differs from spec.prefixRef; give one")
            }
            manifest.parent = parent
        }
    }

    /// `parentRef: root` or `parentRef: {name: root}`.
    private mutating func reference(_ name: String, _ spec: inout FieldCursor) -> String? {
        guard let value = spec.take(name) else { return nil }
        let path = spec.path(of: name)
        guard case .map(let pairs) = value else {
            return FieldCursor.text(value, at: path, &faults)
        }
        var fields = FieldCursor(pairs, path: path)
        let text = fields.text("name", &faults)
        faults.add(unknownFieldsOf: fields)
        return text ?? ""
    }

    private mutating func selector(_ name: String, _ spec: inout FieldCursor) -> Selector? {
        guard var fields = spec.map(name, &faults) else { return nil }
        var selector = Selector(matchLabels: fields.labels("matchLabels", &faults) ?? [:])
        let list = fields.list("matchExpressions", &faults) ?? []
        for (index, value) in list.enumerated() {
            let path = "\(fields.path).matchExpressions[\(index)]"
            if let requirement = requirement(value, at: path) {
                selector.matchExpressions.append(requirement)
            }
        }
        faults.add(unknownFieldsOf: fields)
        return selector
    }

    private mutating func requirement(
        _ value: DocumentValue, at path: String
    ) -> Selector.Requirement? {
        guard case .map(let pairs) = value else {
            faults.add(path, .invalid, "is \(value.typeName), not a map")
            return nil
        }
        var fields = FieldCursor(pairs, path: path)
        let key = fields.text("key", &faults) ?? ""
        let word = fields.text("operator", &faults)
        var values: [String] = []
        for (index, value) in (fields.list("values", &faults) ?? []).enumerated() {
            let text = FieldCursor.text(value, at: "\(path).values[\(index)]", &faults)
            values.append(text ?? "")
        }
        faults.add(unknownFieldsOf: fields)
        let operators = Selector.Requirement.Operator.allCases
        if let found = operators.first(where: { $0.description == word }) {
            return Selector.Requirement(key: key, operator: found, values: values)
        }
        let known = operators.map(\.description).joined(separator: ", ")
        if let word {
            let sentence = "\(word.quotedForMessage) is not known; there are \(known)"
            faults.add("\(path).operator", .notSupported, sentence)
        } else {
            faults.add("\(path).operator", .required, "write one of \(known)")
        }
        return nil
    }
}
