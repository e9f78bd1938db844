import IPAM

extension State {
    /// One allocation of the caller's own, or one Prefix for the caller to divide.
    mutating func decide(
        _ request: Command.Request, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Allocated {
        try request.check()
        try checkExists(request.namespace, for: caller)
        let key = request.key
        if let existing = resource(key) {
            switch try answerAgain(existing, request, caller) {
            case .same(let resource): return Answer.Allocated(resource: resource, isCreated: false)
            case .fits(let placement):
                return settle(existing, placement, &change)
            }
        }
        try checkCount(ofAllocations: caller)
        let spec = try spec(of: request)
        let claim = Claim(spec, owner: caller.uid)
        guard case .found(let placement) = place(claim, in: request.namespace) else {
            throw noSpace(for: claim, in: request.namespace, caller)
        }
        var resource = newResource(key, spec, caller, &change) { $0.labels = request.labels }
        switch key.kind {
        case .prefixAllocation:
            resource.status = .allocated(placement)
            record(.put(resource), in: &change)
            return Answer.Allocated(resource: resource, isCreated: true)
        case .prefix:
            storeChild(resource, &change)
            return Answer.Allocated(resource: self.resource(key) ?? resource, isCreated: true)
        }
    }

    /// Agents have so many at most; what administrators make is their own affair.
    private func checkCount(ofAllocations caller: Caller) throws(Refusal) {
        let count = allocationsByOwner[caller.uid] ?? 0
        guard caller.role == .agent, count >= allocationsPerUserMax else { return }
        throw Refusal(
            .userLimit,
            "the user \(caller.uid) has \(count) allocations, as many as one user may have; "
                + "release some")
    }

    /// A function of its own, so that no copy of the namespace is alive while it changes.
    func spec(
        of request: Command.Request, like existing: Spec? = nil
    ) throws(Refusal) -> Spec {
        try request.spec(in: namespaces[request.namespace], like: existing)
    }

    private func noSpace(
        for claim: Claim, in namespace: String, _ caller: Caller
    ) -> Refusal {
        guard case .none(let reason) = place(claim, in: namespace) else {
            preconditionFailure("A claim that finds space is not refused for the lack of it.")
        }
        return refusal(reason, claim, in: namespace, caller)
    }

    private func refusal(
        _ reason: Reason, _ claim: Claim, in namespace: String, _ caller: Caller
    ) -> Refusal {
        let explanation = namespaces[namespace]?.explain(reason, claim, in: namespace) {
            caller.sees($0)
        }
        return Refusal(reason.refusalCode, explanation?.sentence ?? "\(reason)")
    }

    /// What is there already for a request.
    enum Repetition {
        case same(Resource)
        /// The same was asked for and is Pending, and there is room for it now.
        case fits(Placement)
    }

    /// The name is taken: by the same request, then the answer is the same; or by another one.
    func answerAgain(
        _ existing: Resource, _ request: Command.Request, _ caller: Caller
    ) throws(Refusal) -> Repetition {
        guard existing.owner == caller.uid else {
            let name = request.name.quotedForMessage
            throw Refusal(.nameTaken, "the name \(name) is taken; choose another one")
        }
        // A request that names no size is the same as one by length, and never as one by prefix.
        let isComparable = request.hasSize || existing.spec.prefix == nil
        let spec = isComparable ? try spec(of: request, like: existing.spec) : nil
        guard let spec, existing.spec.asksTheSame(as: spec), existing.controller == nil else {
            let other = spec?.sentence ?? "the default length"
            throw Refusal(
                .nameConflict,
                "\(existing.key) exists and asked for \(existing.spec.sentence), this request "
                    + "asks for \(other); release it, or choose another name",
                names: [request.name])
        }
        let claim = Claim(existing)
        switch existing.status {
        case .allocated: return .same(existing)
        case .failed(let reason): throw refusal(reason, claim, in: request.namespace, caller)
        case .pending:
            switch place(claim, in: request.namespace) {
            case .found(let placement): return .fits(placement)
            case .none(let reason): throw refusal(reason, claim, in: request.namespace, caller)
            }
        }
    }

    /// Gives a Pending claim the room that a change has just made, now that it is asked for.
    private mutating func settle(
        _ existing: Resource, _ placement: Placement, _ change: inout Change
    ) -> Answer.Allocated {
        let claim = allocation(controlledBy: existing) ?? existing
        _ = settle(WaitingKey(claim), in: existing.key.namespace, .allocated(placement), &change)
        let settled = resource(existing.key) ?? existing
        return Answer.Allocated(resource: settled, isCreated: false)
    }
}

extension Command.Request {
    /// What the request makes.
    var key: ResourceKey {
        ResourceKey(
            kind: asPrefix ? .prefix : .prefixAllocation, namespace: namespace, name: name)
    }

    /// Whether the request says how much it wants.
    fileprivate var hasSize: Bool { prefix != nil || prefixLength != nil || addresses != nil }

    /// Whether the request waits if there is no room.
    var mayWait: Bool { waitMilliseconds != nil && !isDryRun }

    /// What is wrong before any namespace is looked at.
    func check() throws(Refusal) {
        if let selector, selector.isEmpty, !anyParent {
            throw Refusal(
                .emptySelector,
                "the selector is empty (an unset variable?); whoever means any parent says so")
        }
        if anyParent, parent != nil || selector != nil {
            throw Refusal(.malformed, "any parent goes neither with a parent nor a selector")
        }
        let isTwice =
            prefix != nil && prefixLength != nil || prefix != nil && addresses != nil
            || prefixLength != nil && addresses != nil
        guard !isTwice else {
            throw Refusal(
                .malformed, "a request names a prefix, a prefix length or a number of addresses")
        }
        if parent == nil, selector == nil, !anyParent {
            let sentence = "needs a parent, a selector, or any parent: where shall it come from?"
            throw refusal([Fault("spec", .invalid, sentence)])
        }
        if let fault = ControlledName.reservationFault(name) {
            throw refusal([Fault("metadata.name", .invalid, fault)])
        }
        if let waitMilliseconds, waitMilliseconds > Limits.waitMillisecondsMax {
            let most = Limits.waitMillisecondsMax
            let sentence = "\(waitMilliseconds) ms is too long; \(most) is the maximum"
            throw refusal([Fault("wait", .invalid, sentence)])
        }
    }

    /// The spec of what is asked for, under the same rules as a manifest's. A request that names
    /// no size asks for that of what its name stands for already.
    func spec(in namespace: Namespace?, like existing: Spec? = nil) throws(Refusal) -> Spec {
        let parentFamily = parent.flatMap { namespace?.prefixes[$0]?.resource.spec.family }
        let family = family ?? prefix?.family ?? parentFamily ?? .ipv4
        var manifest = Manifest(
            key: key, labels: labels, ipFamily: family.description, prefix: prefix?.description,
            prefixLength: prefixLength.map(Int64.init), parent: parent,
            selector: anyParent ? Selector() : selector,
            parentStrategy: parentStrategy == .bestFit ? nil : "\(parentStrategy)")
        if asPrefix {
            manifest.policy = Manifest.Policy()
            manifest.policy?.ownerOnly = true
        }
        if let addresses {
            manifest.prefixLength = try length(for: addresses, family)
        } else if !hasSize {
            let length = existing?.prefixLength ?? namespace?.defaultLength(for: self, family)
            // Without one the manifest has a fault, which says the rest.
            manifest.prefixLength = length.map(Int64.init)
        }
        do throws(InvalidManifest) {
            return try manifest.validated()
        } catch {
            throw refusal(error.faults)
        }
    }

    /// The longest prefix length whose block has as many addresses.
    private func length(for addresses: UInt128, _ family: IPFamily) throws(Refusal) -> Int64 {
        let hostBits = addresses > 1 ? 128 - (addresses - 1).leadingZeroBitCount : 0
        guard addresses > 0, hostBits < family.addressBits else {
            let most = AddressCount(ofLength: 1, family)
            let sentence = "\(addresses) is out of range; 1 to \(most) are possible in \(family)"
            throw refusal([Fault("addresses", .invalid, sentence)])
        }
        return Int64(family.addressBits) - Int64(hostBits)
    }

    private func refusal(_ faults: [Fault]) -> Refusal {
        let shown = faults.prefix(Limits.namesShownMax)
        let sentence = shown.map(\.description).joined(separator: "; ")
        let places = faults.map { Refusal.DocumentFault(document: 0, fault: $0) }
        return Refusal(.invalid, sentence, faults: places)
    }
}

extension Namespace {
    /// The prefix length for a request that names none: the named parent's default, else that
    /// of the first Prefix by name that the selector matches and that has one.
    fileprivate func defaultLength(for request: Command.Request, _ family: IPFamily) -> UInt8? {
        if let parent = request.parent {
            return prefixes[parent]?.resource.spec.policy?.defaultLength
        }
        guard let selector = request.anyParent ? Selector() : request.selector else { return nil }
        var length: UInt8?
        prefixNames(thatMayMatch: selector).visit { name, _ in
            if let node = prefixes[name], node.space?.block.family == family,
                selector.matches(node.resource.labels)
            {
                length = node.space?.policy.defaultLength
            }
            return length == nil
        }
        return length
    }
}

extension Spec {
    /// Whether the same was asked for. How a Prefix gives out its space is not a part of it: an
    /// administrator may have changed that since.
    fileprivate func asksTheSame(as other: Spec) -> Bool {
        family == other.family && prefix == other.prefix && length == other.length
            && parent == other.parent && selector == other.selector
            && parentStrategy == other.parentStrategy
    }

    /// `a /26 of IPv4 from pods`, for sentences.
    var sentence: String {
        var text = "\(wanted) of \(family)"
        if let parent { text += " from \(parent)" }
        if let selector {
            text += selector.isEmpty ? " from any parent" : " from [\(selector)]"
        }
        if parentStrategy != .bestFit { text += ", \(parentStrategy)" }
        return text
    }
}
