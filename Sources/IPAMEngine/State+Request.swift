import IPAM

extension State {
    /// One allocation of the caller's own, now or not at all.
    mutating func decide(
        _ request: Command.Request, _ change: inout Change
    ) throws(Refusal) -> Answer.Allocated {
        try request.checkSource()
        let spec = try spec(of: request)
        let key = ResourceKey(
            kind: .prefixAllocation, namespace: request.namespace, name: request.name)
        if let existing = resource(key) {
            return try answerAgain(existing, spec, request, change.caller)
        }
        switch place(spec, in: request.namespace) {
        case .none(let reason):
            throw refusal(reason, spec, in: request.namespace, change.caller)
        case .found(let placement):
            let resource = newResource(key, spec, &change) { resource in
                resource.labels = request.labels
                resource.status = .allocated(placement)
            }
            record(.put(resource), in: &change)
            return Answer.Allocated(resource: resource, isCreated: true)
        }
    }

    private func spec(of request: Command.Request) throws(Refusal) -> Spec {
        guard let namespace = namespaces[request.namespace] else {
            throw .unknownNamespace(request.namespace)
        }
        return try request.spec(in: namespace)
    }

    private func refusal(
        _ reason: Reason, _ spec: Spec, in namespace: String, _ caller: Caller
    ) -> Refusal {
        let explanation = namespaces[namespace]?.explain(reason, spec) { caller.sees($0) }
        return Refusal(reason.refusalCode, explanation?.sentence ?? "\(reason)")
    }

    /// The name is taken: by the same request, then the answer is the same; or by another one.
    private func answerAgain(
        _ existing: Resource, _ spec: Spec, _ request: Command.Request, _ caller: Caller
    ) throws(Refusal) -> Answer.Allocated {
        let name = request.name.quotedForMessage
        guard caller.role == .administrator || existing.owner == caller.uid else {
            throw Refusal(.nameTaken, "the name \(name) is taken; choose another one")
        }
        guard existing.spec == spec, existing.controller == nil else {
            throw Refusal(
                .nameConflict,
                "the allocation \(name) exists and asked for \(existing.spec.sentence), this "
                    + "request asks for \(spec.sentence); release it, or choose another name",
                names: [request.name])
        }
        switch existing.status {
        case .allocated: return Answer.Allocated(resource: existing, isCreated: false)
        case .failed(let reason): throw refusal(reason, spec, in: request.namespace, caller)
        case .pending:
            if case .none(let reason) = place(spec, in: request.namespace) {
                throw refusal(reason, spec, in: request.namespace, caller)
            }
            throw Refusal(.busy, "the allocation \(name) waits for its turn; ask again")
        }
    }
}

extension Command.Request {
    /// What is wrong before any namespace is looked at.
    fileprivate func checkSource() throws(Refusal) {
        if let selector, selector.isEmpty, !anyParent {
            throw Refusal(
                .emptySelector,
                "the selector is empty (an unset variable?); whoever means any parent says so")
        }
        if anyParent, parent != nil || selector != nil {
            throw Refusal(.malformed, "any parent goes neither with a parent nor a selector")
        }
        if let fault = ControlledName.reservationFault(name) {
            throw refusal([Fault("metadata.name", .invalid, fault)])
        }
    }

    /// The spec of the allocation that is asked for, under the same rules as a manifest's.
    fileprivate func spec(in namespace: Namespace) throws(Refusal) -> Spec {
        let parentFamily = parent.flatMap { namespace.prefixes[$0]?.resource.spec.family }
        let family = family ?? prefix?.family ?? parentFamily ?? .ipv4
        let manifest = Manifest(
            key: ResourceKey(kind: .prefixAllocation, namespace: self.namespace, name: name),
            labels: labels, ipFamily: family.description, prefix: prefix?.description,
            prefixLength: prefixLength.map(Int64.init), parent: parent,
            selector: anyParent ? Selector() : selector)
        do throws(InvalidManifest) {
            return try manifest.validated()
        } catch {
            throw refusal(error.faults)
        }
    }

    private func refusal(_ faults: [Fault]) -> Refusal {
        let shown = faults.prefix(Limits.namesShownMax)
        let sentence = shown.map(\.description).joined(separator: "; ")
        let places = faults.map { Refusal.DocumentFault(document: 0, fault: $0) }
        return Refusal(.invalid, "prefixallocation/\(name): \(sentence)", faults: places)
    }
}

extension Spec {
    /// `a /26 of IPv4 from pods`, for sentences.
    fileprivate var sentence: String {
        var text = "\(wanted) of \(family)"
        if let parent { text += " from \(parent)" }
        if let selector {
            text += selector.isEmpty ? " from any parent" : " from [\(selector)]"
        }
        return text
    }
}
