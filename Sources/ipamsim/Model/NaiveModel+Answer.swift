import IPAM

extension NaiveModel {
    /// What is listed of a kind, by namespace and name, each with the reason why it has no block.
    func list(_ kind: ResourceKind, by caller: Caller) -> [(resource: Resource, reason: Reason?)] {
        asked(by: caller).visible(kind).map { ($0, reason(of: $0)) }
    }

    /// The figures of all Prefixes, by namespace and name.
    func usage() -> [PrefixUsage] {
        objects.filter { $0.key.kind == .prefix }.sorted { $0.key < $1.key }.map { usage(of: $0) }
    }

    private func visible(_ kind: ResourceKind) -> [Resource] {
        objects.filter { $0.key.kind == kind && isVisible($0) }.sorted { $0.key < $1.key }
    }

    /// The model as a caller asks it.
    private func asked(by caller: Caller) -> NaiveModel {
        var model = self
        model.turn = NaiveTurn(lsn: lsn, now: Instant(milliseconds: 0), caller: caller)
        return model
    }

    /// From each root down, the Prefixes and the allocation that contain a block. The allocation
    /// of a child is told by the child.
    func chains(to block: IPPrefix, by caller: Caller) -> [Resource] {
        let asked = asked(by: caller)
        let roots = objects.filter { $0.key.kind == .prefix && $0.spec.isRoot }
        return roots.sorted { $0.key < $1.key }.flatMap { root in
            var chain: [Resource] = []
            var next: Resource? = root
            while let prefix = next, prefix.placement?.block.contains(block) ?? false {
                chain.append(prefix)
                let holder = holders(of: prefix.key.name, in: prefix.key.namespace).first {
                    $0.placement?.block.contains(block) ?? false
                }
                next = holder?.controller.flatMap { self.prefix($0, prefix.key.namespace) }
                if next == nil, let holder, asked.isVisible(holder) { chain.append(holder) }
            }
            return chain
        }
    }

    /// Why a request would, or would not, be served.
    struct Explained {
        var placement: Placement?
        var reason: Reason?
        var candidates: [Candidate] = []

        struct Candidate {
            let parent: String
            let block: IPPrefix?
            let verdict: NaiveVerdict
            let largestFree: IPPrefix?
        }
    }

    /// Every Prefix of the namespace is asked, or the one that is named. The name of the request
    /// says nothing here, be it there, somebody else's, or none at all.
    func explain(
        _ request: Command.Request, by caller: Caller
    ) throws(NaiveRefusal) -> Explained {
        if caller.role == .stranger { throw NaiveRefusal(.notPermitted) }
        do throws(NaiveRefusal) {
            try Self.checkSource(request)
        } catch {
            throw NaiveRefusal(
                error.codes + (hasNamespace(request.namespace) ? [] : [.unknownNamespace]))
        }
        guard hasNamespace(request.namespace) else { throw NaiveRefusal(.unknownNamespace) }
        var unnamed = request
        unnamed.name = "unnamed"
        unnamed.labels = [:]
        let claim = try asked(by: caller).claim(of: unnamed)
        var explained = Explained()
        switch place(claim) {
        case .found(let placement): explained.placement = placement
        case .nothing(let reason): explained.reason = reason
        }
        let parents = prefixes(in: request.namespace).filter {
            request.parent == nil || $0.key.name == request.parent
        }
        explained.candidates = parents.sorted { $0.key < $1.key }.map { parent in
            Explained.Candidate(
                parent: parent.key.name, block: parent.placement?.block,
                verdict: verdict(of: parent, on: claim),
                largestFree: usage(of: parent).largestFree)
        }
        return explained
    }
}
