import IPAM

extension NaiveModel {
    /// One allocation or child Prefix of the caller, now or not at all.
    mutating func decide(_ request: Command.Request) throws(NaiveRefusal) -> Answer.Allocated {
        try Self.checkSource(request)
        if Self.isReserved(request.name) { throw NaiveRefusal(.invalid) }
        // One that waits is not told that its namespace has gone: it may come back.
        guard turn.ticket != nil || hasNamespace(request.namespace) else {
            throw NaiveRefusal(.unknownNamespace)
        }
        if let answer = try answerAgain(request) { return answer }
        let claim = try claim(of: request)
        let spec = claim.spec
        switch place(claim) {
        case .nothing(let reason): throw NaiveRefusal(reason.refusalCode)
        case .found(let placement):
            if let ticket = turn.ticket { endHold(of: .request(ticket), for: placement) }
        }
        let key = ResourceKey(
            kind: Self.kind(of: request), namespace: request.namespace, name: request.name)
        let resource = Resource(
            key: key, uid: nextUID(), version: turn.lsn, created: turn.now,
            owner: turn.caller.uid, labels: request.labels,
            spec: request.asPrefix ? Self.ownerOnly(spec) : spec, phaseSince: turn.now)
        place(resource)
        guard let made = find(key) else { preconditionFailure("What was placed is there.") }
        return Answer.Allocated(resource: made, isCreated: true)
    }

    /// A parent, a selector or both, or any parent at all; and one size at most.
    static func checkSource(_ request: Command.Request) throws(NaiveRefusal) {
        if request.anyParent, request.parent != nil || request.selector != nil {
            throw NaiveRefusal(.malformed)
        }
        if !request.anyParent, let selector = request.selector, selector.isEmpty {
            throw NaiveRefusal(.emptySelector)
        }
        let count = [
            request.prefix != nil, request.prefixLength != nil, request.addresses != nil,
        ].count { $0 }
        // That they exclude each other is said, not with which code: they do not go together, and
        // a manifest with two of them is invalid.
        if count > 1 { throw NaiveRefusal([.malformed, .invalid]) }
        // The rules of manifests: no source at all is a fault of the spec, also of a Prefix.
        if !request.anyParent, request.parent == nil, request.selector == nil {
            throw NaiveRefusal(.invalid)
        }
    }

    /// What the request claims, as it is read now.
    func claim(of request: Command.Request) throws(NaiveRefusal) -> NaiveClaim {
        let spec = try spec(of: request, length: try wantedLength(request))
        return NaiveClaim(
            spec, in: request.namespace, owner: turn.caller.uid,
            requests.first { $0.ticket == turn.ticket })
    }

    private static func kind(of request: Command.Request) -> ResourceKind {
        request.asPrefix ? .prefix : .prefixAllocation
    }

    private static func ownerOnly(_ spec: Spec) -> Spec {
        var policy = PrefixPolicy()
        policy.isOwnerOnly = true
        let own = Spec(
            family: spec.family, prefix: spec.prefix, prefixLength: spec.prefixLength,
            parent: spec.parent, selector: spec.selector, parentStrategy: spec.parentStrategy,
            policy: policy)
        guard let own else { preconditionFailure("A spec with a policy is a spec.") }
        return own
    }

    /// Left out, the family is that of the prefix, else of the parent, else IPv4.
    private func family(of request: Command.Request) -> IPFamily {
        request.family ?? request.prefix?.family
            ?? request.parent.flatMap { prefix($0, request.namespace) }?.spec.family ?? .ipv4
    }

    /// The length that is asked for, by itself, by a number of addresses, or by saying nothing;
    /// none if there is a prefix.
    private func wantedLength(_ request: Command.Request) throws(NaiveRefusal) -> UInt8? {
        if let length = request.prefixLength { return length }
        if request.prefix != nil { return nil }
        let family = family(of: request)
        if let addresses = request.addresses {
            let lengths = (0...family.addressBits).reversed()
            // All of IPv6 is more than a request can ask for.
            guard addresses > 0,
                let length = lengths.first(where: { length in
                    length == 0 && family == .ipv6
                        || 1 << UInt128(family.addressBits - length) >= addresses
                })
            else { throw NaiveRefusal(.invalid) }
            return length
        }
        guard let length = defaultLength(request, family) else { throw NaiveRefusal(.invalid) }
        return length
    }

    /// Of the named parent; else of the first Prefix by name that matches and has one.
    private func defaultLength(_ request: Command.Request, _ family: IPFamily) -> UInt8? {
        if let parent = request.parent {
            let parent = prefix(parent, request.namespace)
            return parent?.spec.policy?.defaultLength
        }
        let selector = request.anyParent ? Selector() : request.selector
        return prefixes(in: request.namespace).sorted { $0.key < $1.key }
            .first { prefix in
                prefix.placement != nil && prefix.spec.family == family
                    && selector.map { $0.matches(prefix.labels) } ?? false
                    && prefix.spec.policy?.defaultLength != nil
            }?.spec.policy?.defaultLength
    }

    /// A request is judged like the manifest of an allocation.
    private func spec(
        of request: Command.Request, length: UInt8?
    ) throws(NaiveRefusal) -> Spec {
        let manifest = Manifest(
            key: ResourceKey(
                kind: .prefixAllocation, namespace: request.namespace, name: request.name),
            labels: request.labels, ipFamily: "\(family(of: request))",
            prefix: request.prefix?.description, prefixLength: length.map(Int64.init),
            parent: request.parent, selector: request.anyParent ? Selector() : request.selector,
            parentStrategy: "\(request.parentStrategy)")
        do throws(InvalidManifest) {
            return try manifest.validated()
        } catch {
            throw NaiveRefusal(.invalid)
        }
    }

    /// The object that has the name of a request. An allocation and a Prefix of one name have
    /// nothing to do with each other.
    func existing(_ request: Command.Request) -> Resource? {
        request.asPrefix
            ? prefix(request.name, request.namespace)
            : allocation(request.name, request.namespace)
    }

    /// The answer to a request whose name is there already; nothing if it is not.
    private mutating func answerAgain(
        _ request: Command.Request
    ) throws(NaiveRefusal) -> Answer.Allocated? {
        guard let existing = existing(request) else { return nil }
        if existing.owner != turn.caller.uid { throw NaiveRefusal(.nameTaken) }
        let length: UInt8?
        if request.prefix == nil, request.prefixLength == nil, request.addresses == nil {
            length = existing.spec.length
        } else {
            length = try orConflict { () throws(NaiveRefusal) in try wantedLength(request) }
        }
        let asked = try orConflict { () throws(NaiveRefusal) in
            try spec(of: request, length: length)
        }
        guard isSame(existing.spec, asked) else { throw NaiveRefusal(.nameConflict) }
        if let reason = reason(of: existing) { throw NaiveRefusal(reason.refusalCode) }
        // There is room for what waits by that name, made by a batch or in this very wake: it is
        // asked for, so it is served.
        let claim = existing.key.kind == .prefix ? controlledAllocation(of: existing) : existing
        if existing.placement == nil, let claim { serve(claim) }
        return Answer.Allocated(resource: find(existing.key) ?? existing, isCreated: false)
    }

    /// A faulty request is another one than that which is there: which comes first is not said.
    private func orConflict<Value>(
        _ body: () throws(NaiveRefusal) -> Value
    ) throws(NaiveRefusal) -> Value {
        do throws(NaiveRefusal) {
            return try body()
        } catch {
            throw NaiveRefusal(error.codes + [.nameConflict])
        }
    }

    private func isSame(_ old: Spec, _ asked: Spec) -> Bool {
        return old.family == asked.family && old.length == asked.length
            && old.prefix == asked.prefix && old.parent == asked.parent
            && old.selector == asked.selector && old.parentStrategy == asked.parentStrategy
    }
}
