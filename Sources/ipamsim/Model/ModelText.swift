import IPAM

/// Short texts of what a run does, for those who read a replay.
extension ModelStep: CustomStringConvertible {
    var description: String {
        switch action {
        case .command(let command, let caller): "\(caller.short): \(command.short)"
        case .withdraw(let index): "withdraw waiting request \(index)"
        case .query(.explain(let explain), let caller):
            "\(caller.short): explain \(explain.request.short)"
        case .query(let query, let caller): "\(caller.short): \(query)"
        }
    }
}

extension Caller {
    fileprivate var short: String { "\(role) \(uid)" }
}

extension Command {
    var short: String {
        let text =
            switch self {
            case .apply(let apply):
                "apply [" + apply.manifests.map(\.short).joined(separator: "; ") + "]"
            case .request(let request): request.short
            case .release(let release): release.short
            case .delete(let delete):
                "delete " + delete.keys.map { "\($0.namespace)/\($0)" }.joined(separator: " ")
                    + (delete.ignoresMissing ? " ignoreMissing" : "")
            case .batch(let batch):
                "batch [" + batch.parts.map(\.short).joined(separator: "; ") + "]"
            case .reconcile: "reconcile"
            case .access: "access"
            }
        return isDryRun ? text + " DRY-RUN" : text
    }
}

extension Command.Batch.Part {
    fileprivate var short: String {
        switch self {
        case .request(let request): request.isDryRun ? request.short + " dry" : request.short
        case .release(let release): release.isDryRun ? release.short + " dry" : release.short
        }
    }
}

extension Command.Request {
    var short: String {
        var words = ["request \(namespace)/\(name.isEmpty ? "(no name)" : name)"]
        if let family { words.append("\(family)") }
        if let prefix { words.append("\(prefix)") }
        if let prefixLength { words.append("/\(prefixLength)") }
        if let addresses { words.append("addresses=\(addresses)") }
        if let parent { words.append("from \(parent)") }
        if let selector { words.append("where [\(selector)]") }
        if anyParent { words.append("anyParent") }
        if parentStrategy != .bestFit { words.append("\(parentStrategy)") }
        if !labels.isEmpty { words.append("labels \(labels)") }
        if asPrefix { words.append("asPrefix") }
        if waitMilliseconds != nil { words.append("wait") }
        return words.joined(separator: " ")
    }
}

extension Command.Release {
    fileprivate var short: String {
        var words = ["release in \(namespace)"] + names
        words += blocks.map(\.description)
        if let selector { words.append("where [\(selector)]") }
        if let parent { words.append("parent=\(parent)") }
        if ignoresMissing { words.append("ignoreMissing") }
        return words.joined(separator: " ")
    }
}

extension Manifest {
    fileprivate var short: String {
        var words = ["\(key.namespace)/\(key)"]
        if let ipFamily { words.append(ipFamily) }
        if let prefix { words.append(prefix) }
        if let prefixLength { words.append("/\(prefixLength)") }
        if let parent { words.append("from \(parent)") }
        if let selector { words.append("where [\(selector)]") }
        if let parentStrategy { words.append("parentStrategy=\(parentStrategy)") }
        if let labels { words.append("labels {\(labels)}") }
        if let annotations { words.append("annotations {\(annotations)}") }
        if let resourceVersion { words.append("resourceVersion=\(resourceVersion)") }
        if apiGroup != .ironcore { words.append("\(apiGroup)") }
        if let policy { words.append("policy {\(policy.short)}") }
        return words.joined(separator: " ")
    }
}

extension Manifest.Policy {
    fileprivate var short: String {
        var words: [String] = []
        if let strategy { words.append(strategy) }
        if let minPrefixLength { words.append("min=\(minPrefixLength)") }
        if let maxPrefixLength { words.append("max=\(maxPrefixLength)") }
        if let defaultPrefixLength { words.append("default=\(defaultPrefixLength)") }
        if !reserved.isEmpty { words.append("reserved=\(reserved.joined(separator: ","))") }
        if !excluded.isEmpty { words.append("excluded=\(excluded.joined(separator: ","))") }
        if excludeNetworkAndBroadcast { words.append("networkAndBroadcast") }
        if let quota { words.append("quota=\(quota)") }
        if let quotaPerOwner { words.append("quotaPerOwner=\(quotaPerOwner)") }
        if ownerOnly { words.append("ownerOnly") }
        return words.joined(separator: " ")
    }
}

extension ModelPair {
    /// What is used, free and held in each Prefix, and who waits, for those who look for a fault.
    var spaceLines: [String] {
        let usage = model.usage().filter { $0.block != nil }.map { usage in
            let parts = [
                usage.used.text, usage.free.text, usage.reserved.text, usage.excluded.text,
                usage.held.text,
            ]
            let policy = model.find(usage.key)?.spec.policy.map { "\($0)" } ?? ""
            return "\(usage.key.namespace)/\(usage.key) \(usage.block.text): used, free, reserved, "
                + "excluded, held: \(parts.joined(separator: " | ")) \(policy)"
        }
        let holds = model.holds.map { "hold \($0.block) in \($0.parent) for \($0.claimant)" }
        let requests = model.requests.map { "\($0.ticket) since \($0.since): \($0.request.short)" }
        let objects = model.objects.filter { $0.key.kind == .prefixAllocation }.map {
            "\($0.key.namespace)/\($0.key) of \($0.owner) since \($0.uid.age >> 16): "
                + "\($0.status.short), asked \($0.spec.prefix.text) /\($0.spec.length) from "
                + "\($0.spec.parent.text) where \($0.spec.selector.text)"
        }
        return ["LSN \(model.lsn)"] + usage + holds + requests + objects
    }
}

extension Status {
    var short: String {
        switch self {
        case .pending: "Pending"
        case .allocated(let placement): "\(placement.block) in \(placement.parent ?? "itself")"
        case .failed(let reason): "Failed as \(reason)"
        }
    }
}

extension NaiveModel.Outcome {
    var short: String {
        switch self {
        case .done(let answer, _): answer.short
        case .waits: "that it waits"
        case .refused(let refusal):
            "a refusal as " + refusal.codes.map(\.description).joined(separator: " or ")
        }
    }
}

extension Answer {
    /// The essence of an answer to a command.
    var short: String {
        switch self {
        case .applied(let applied):
            applied.items.map { "\($0.outcome)" }.joined(separator: " ")
                + (applied.warnings.isEmpty ? "" : " with a warning")
        case .allocated(let allocated): Self.short(allocated)
        case .released(let released): Self.short(released)
        case .deleted(let deleted): deleted.keys.map(\.name).joined(separator: " ")
        case .batch(let batch):
            batch.parts.map { part in
                switch part {
                case .allocated(let allocated): Self.short(allocated)
                case .released(let released): Self.short(released)
                }
            }.joined(separator: ", ")
        case .listed, .used, .checked, .status, .explained, .usage, .found, .reconciled,
            .backup, .accessed, .namespaces, .metrics:
            "\(self)"
        }
    }

    private static func short(_ allocated: Allocated) -> String {
        let block = allocated.resource.placement.map { "\($0.block)" } ?? "none"
        return allocated.isCreated ? block : "\(block) again"
    }

    private static func short(_ released: Released) -> String {
        released.items.map { item in
            item.name + (item.block.map { " \($0)" } ?? "")
        }.joined(separator: " ")
    }
}

extension Answer.Explained {
    /// What does not depend on words.
    var short: String {
        let chosen = placement.map { "\($0.block) in \($0.parent ?? "itself")" }
        let verdicts = candidates.map { candidate in
            let offer = candidate.offer.map { "offers \($0)" }
            let reason = candidate.reason.map { "has \($0)" }
            return "\(candidate.parent) (\(candidate.block.text), largest free "
                + "\(candidate.largestFree.text)) \(offer ?? reason ?? "is silent")"
                + (candidate.isChosen ? " and is chosen" : "")
        }
        return ([chosen ?? explanation.map { "\($0.reason)" } ?? "nothing"] + verdicts)
            .joined(separator: "\n    ")
    }
}

extension NaiveModel.Explained {
    var short: String {
        let chosen = placement.map { "\($0.block) in \($0.parent ?? "itself")" }
        let verdicts = candidates.map { candidate in
            let verdict =
                switch candidate.verdict {
                case .offer(let block, _): "offers \(block)"
                case .nothing(let reason): "has \(reason)"
                }
            return "\(candidate.parent) (\(candidate.block.text), largest free "
                + "\(candidate.largestFree.text)) \(verdict)"
                + (placement?.parent == candidate.parent ? " and is chosen" : "")
        }
        return ([chosen ?? reason.text] + verdicts).joined(separator: "\n    ")
    }
}

extension Optional where Wrapped: CustomStringConvertible {
    var text: String { map(\.description) ?? "none" }
}

extension [LengthCount] {
    /// `2x/30 1x/32`
    var text: String { map { "\($0.count)x/\($0.length)" }.joined(separator: " ") }
}
