internal import IPAM

/// A resource in IronCore's shape, as `-o yaml` and `-o json` print it.
///
/// What a placement found is filled in where IronCore fills it in: a child's `prefix` and
/// `parentRef`, an allocation's `prefixRef`. What is printed can be applied again and changes
/// nothing.
struct ResourceDocument: Encodable {
    let apiVersion: String
    let kind: String
    let metadata: Metadata
    let spec: Specification
    let status: StatusDocument

    struct Metadata: Encodable {
        let annotations: [String: String]?
        let creationTimestamp: String
        let generation: UInt64
        let labels: [String: String]?
        let name: String
        let namespace: String
        let ownerReferences: [OwnerReference]?
        let resourceVersion: String
        let uid: String
    }

    /// The Prefix that controls an allocation.
    struct OwnerReference: Encodable {
        let apiVersion: String
        let controller = true
        let kind: String
        let name: String

        private enum CodingKeys: CodingKey { case apiVersion, controller, kind, name }
    }

    struct Specification: Encodable {
        let ipFamily: String
        let parentRef: Reference?
        let parentSelector: SelectorDocument?
        let parentStrategy: String?
        let policy: PolicyDocument?
        let prefix: String?
        let prefixLength: UInt8?
        let prefixRef: Reference?
        let prefixSelector: SelectorDocument?
    }

    struct Reference: Encodable {
        let name: String
    }

    struct SelectorDocument: Encodable {
        let matchExpressions: [Expression]?
        let matchLabels: [String: String]?

        struct Expression: Encodable {
            let key: String
            let `operator`: String
            let values: [String]?
        }
    }

    struct StatusDocument: Encodable {
        let conditions: [Condition]?
        let lastPhaseTransitionTime: String
        let phase: String
        let prefix: String?
        let used: [String]?
    }

    /// Why the object is not Allocated, in the form of a Kubernetes condition.
    struct Condition: Encodable {
        let message: String
        let reason: String
        let status = "False"
        let type = "Allocated"

        private enum CodingKeys: CodingKey { case message, reason, status, type }
    }
}

extension ResourceDocument {
    /// `used` are the blocks taken in a Prefix; nobody asks for those of an allocation.
    init(_ item: Answer.Listed.Item, used: [IPPrefix] = []) {
        let resource = item.resource
        apiVersion = resource.apiGroup.description
        kind = resource.key.kind.description
        metadata = Metadata(
            annotations: resource.annotations.dictionary,
            creationTimestamp: resource.created.description,
            generation: resource.generation,
            labels: resource.labels.dictionary,
            name: resource.key.name,
            namespace: resource.key.namespace,
            ownerReferences: resource.controller.map { name in
                [
                    OwnerReference(
                        apiVersion: resource.apiGroup.description,
                        kind: ResourceKind.prefix.description, name: name)
                ]
            },
            resourceVersion: String(resource.version),
            uid: resource.uid.description)
        spec = Specification(resource)
        status = StatusDocument(item, used: used)
    }
}

extension ResourceDocument.Specification {
    init(_ resource: Resource) {
        let asked = resource.spec
        let reference = resource.parent.map(ResourceDocument.Reference.init)
        let selector = asked.selector.map(ResourceDocument.SelectorDocument.init)
        let isPrefix = resource.key.kind == .prefix
        ipFamily = asked.family.description
        parentRef = isPrefix ? reference : nil
        parentSelector = isPrefix ? selector : nil
        let strategy = asked.parentStrategy
        parentStrategy = strategy == .bestFit ? nil : strategy.description
        policy = asked.policy.map { PolicyDocument($0, asked.family) }
        let found = isPrefix ? resource.placement?.block : nil
        prefix = (asked.prefix ?? found)?.description
        prefixLength = asked.prefixLength
        prefixRef = isPrefix ? nil : reference
        prefixSelector = isPrefix ? nil : selector
    }
}

extension ResourceDocument.SelectorDocument {
    init(_ selector: Selector) {
        matchLabels = selector.matchLabels.dictionary
        matchExpressions =
            selector.matchExpressions.isEmpty
            ? nil
            : selector.matchExpressions.map { requirement in
                Expression(
                    key: requirement.key, operator: requirement.operator.description,
                    values: requirement.values.isEmpty ? nil : requirement.values)
            }
    }
}

extension ResourceDocument.StatusDocument {
    init(_ item: Answer.Listed.Item, used: [IPPrefix]) {
        let resource = item.resource
        conditions = item.explanation.map {
            [
                ResourceDocument.Condition(
                    message: $0.sentence, reason: $0.reason.description)
            ]
        }
        lastPhaseTransitionTime = resource.phaseSince.description
        phase = resource.status.phase.description
        switch resource.key.kind {
        case .prefix:
            prefix = nil
            self.used = used.isEmpty ? nil : used.map(\.description)
        case .prefixAllocation:
            prefix = resource.placement?.block.description
            self.used = nil
        }
    }
}

/// Several resources, as Kubernetes prints them.
struct ResourceList: Encodable {
    let apiVersion = "v1"
    let items: [ResourceDocument]
    let kind = "List"

    private enum CodingKeys: CodingKey { case apiVersion, items, kind }
}

extension Labels {
    /// Nothing if there are none, so that an empty map is left out.
    fileprivate var dictionary: [String: String]? {
        guard !isEmpty else { return nil }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0.value) })
    }
}
