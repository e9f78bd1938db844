import IPAM

/// How far the waiting claims of a namespace were tried.
struct WakeProgress: Sendable, Hashable {
    /// The last claim that was tried; the next one is behind it.
    var last: WaitingKey?
    /// Whether a claim got space that is a parent now, so that all are to be tried again.
    var isAgain = false
}

extension State {
    /// Tries the waiting claims of every namespace in which a change made room, oldest first.
    ///
    /// A bounded number is tried within the command; what is left is backlog.
    mutating func wake(_ change: inout Change) {
        guard !change.namespacesWithRoom.isEmpty else { return }
        change.namespacesWithRoom.visit { name, _ in
            if let namespace = namespaces[name], !namespace.waiting.isEmpty {
                backlog[name] = WakeProgress()
            }
            return true
        }
        continueWaking(&change)
    }

    /// Takes the backlog further by at most `Limits.claimsPerWakeMax` claims, and by fewer if
    /// they are large.
    mutating func continueWaking(_ change: inout Change) {
        var left = Limits.claimsPerWakeMax
        while left > 0, let (name, progress) = backlog.first {
            backlog[name] = tryClaims(of: name, from: progress, &left, &change)
        }
    }

    /// A recovered state may have claims that nobody has tried since room was made: try all.
    package mutating func resumeWaiting() {
        namespaceNames.visit { name, _ in
            if let namespace = namespaces[name], !namespace.waiting.isEmpty {
                backlog[name] = WakeProgress()
            }
            return true
        }
    }

    /// Tries claims in the order of their age; returns where to go on, or nothing at the end.
    private mutating func tryClaims(
        of name: String, from start: WakeProgress, _ left: inout Int, _ change: inout Change
    ) -> WakeProgress? {
        var progress = start
        var claims: [WaitingKey] = []
        namespaces[name]?.waiting.visit(after: start.last) { key, _ in
            claims.append(key)
            return claims.count < left
        }
        for claim in claims where left > 0 {
            left = change.bytes < Limits.wakeBytesMax ? left - 1 : 0
            progress.last = claim
            if tryClaim(claim, in: name, &change) { progress.isAgain = true }
        }
        if left == 0 { return progress }
        return progress.isAgain ? WakeProgress() : nil
    }

    /// Places a claim if there is room now; returns whether that made a new parent.
    private mutating func tryClaim(
        _ claim: WaitingKey, in name: String, _ change: inout Change
    ) -> Bool {
        guard var allocation = namespaces[name]?.allocations[claim.name] else { return false }
        switch place(allocation.spec, in: name) {
        case .found(let placement):
            allocation.settle(.allocated(placement), &change, incarnation)
            record(.put(allocation), in: &change)
            return settleController(of: allocation, &change)
        case .none(let reason):
            let status: Status = reason.isPermanent ? .failed(reason) : .pending
            if status != allocation.status {
                allocation.settle(status, &change, incarnation)
                record(.put(allocation), in: &change)
            }
            return false
        }
    }

    /// Gives a child Prefix the block that its allocation got.
    private mutating func settleController(
        of allocation: Resource, _ change: inout Change
    ) -> Bool {
        guard let controller = allocation.controller,
            var prefix = namespaces[allocation.key.namespace]?.prefixes[controller]?.resource
        else { return false }
        prefix.status = allocation.status
        prefix.phaseSince = change.now
        prefix.version = change.lsn
        record(.put(prefix), in: &change)
        return true
    }
}

extension Resource {
    /// Takes a new status. An allocation that had Failed is final: what follows it is another
    /// object of the same name.
    fileprivate mutating func settle(
        _ status: Status, _ change: inout Change, _ incarnation: UInt64
    ) {
        if case .failed = self.status {
            self = Resource(
                key: key, uid: change.nextUID(incarnation), version: change.lsn,
                created: change.now, owner: owner, apiGroup: apiGroup, labels: labels,
                annotations: annotations, spec: spec, phaseSince: change.now,
                controller: controller)
        }
        if status.phase != self.status.phase { phaseSince = change.now }
        self.status = status
        version = change.lsn
    }
}
