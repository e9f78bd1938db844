import IPAM

extension ModelWorkload {
    /// Small allocations that come and go, and large claims that would wait for ever if nothing
    /// were kept for them.
    mutating func churn(_ model: NaiveModel) -> ModelStep.Action {
        let namespace = pick(plan.namespaces)
        let parents = model.objects.filter {
            $0.key.kind == .prefix && $0.key.namespace == namespace && $0.placement != nil
        }
        guard parents.count >= 2 else {
            return .command(.apply(.init(manifests: [rootManifest(model)])), Self.administrator)
        }
        let parent = pick(parents)
        let die = below(100)
        if die < 3 { return .command(largeClaim(parent, model), Self.administrator) }
        if die < 4 {
            var request = Command.Request(
                namespace: namespace, name: "w\(below(8))", family: parent.spec.family,
                prefixLength: largeLength(parent), anyParent: true, waitMilliseconds: 60_000)
            if isLucky(50) { (request.parent, request.anyParent) = (parent.key.name, false) }
            if isLucky(20) { request.asPrefix = true }
            return .command(.request(request), caller())
        }
        let small = model.objects.filter {
            $0.key.kind == .prefixAllocation && $0.key.namespace == namespace
                && $0.placement != nil && $0.controller == nil
        }
        // About as many go as come; in a full parent more requests fail than releases.
        if !small.isEmpty, isLucky(45) {
            let release = Command.Release(namespace: namespace, names: [pick(small).key.name])
            return .command(.release(release), Self.administrator)
        }
        let bits = parent.spec.family.addressBits
        var request = Command.Request(
            namespace: namespace, name: "a\(below(plan.allocationNameCount))",
            family: parent.spec.family, prefixLength: bits - UInt8(isLucky(80) ? 0 : 1),
            parent: parent.key.name)
        if isLucky(10) { request.prefixLength = bits - 2 }
        if isLucky(10) { (request.parent, request.anyParent) = (nil, true) }
        if isLucky(8), let block = parent.placement?.block {
            (request.prefix, request.prefixLength) = (part(of: block), nil)
        }
        return .command(.request(request), caller())
    }

    /// A large part of a parent: it begins to wait as soon as there is something else in it.
    private mutating func largeLength(_ parent: Resource) -> UInt8 {
        min(parent.spec.family.addressBits, parent.spec.length + 1 + UInt8(below(3)))
    }

    private mutating func largeClaim(_ parent: Resource, _ model: NaiveModel) -> Command {
        let isChild = isLucky(30)
        let key = ResourceKey(
            kind: isChild ? .prefix : .prefixAllocation, namespace: parent.key.namespace,
            name: isChild ? childName() : "w\(below(8))")
        var manifest = Manifest(
            key: key, labels: labels(), ipFamily: "\(parent.spec.family)",
            prefixLength: Int64(largeLength(parent)))
        if isLucky(50) { manifest.parent = parent.key.name } else { manifest.selector = Selector() }
        return .apply(.init(manifests: [manifest]))
    }
}
