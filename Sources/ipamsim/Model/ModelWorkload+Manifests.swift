import IPAM

extension ModelWorkload {
    mutating func request(_ model: NaiveModel) -> Command.Request {
        var request = Command.Request(namespace: namespace(), name: allocationName())
        let there = model.objects.filter { $0.key.namespace == request.namespace }
        if !there.isEmpty, isLucky(8) { return repeated(pick(there), model) }
        chooseParent(&request, model)
        let parent = request.parent.flatMap { model.prefix($0, request.namespace) }
        if isLucky(15) { request.family = isLucky(50) ? .ipv4 : .ipv6 }
        chooseSize(&request, parent, model)
        if isLucky(20) { request.parentStrategy = .emptiest }
        if isLucky(60) { request.labels = labels() }
        if isLucky(10) {
            request.asPrefix = true
            request.name = childName()
        }
        return request
    }

    private mutating func chooseParent(_ request: inout Command.Request, _ model: NaiveModel) {
        switch below(20) {
        case 0..<9: request.parent = prefixName(request.namespace, model)
        case 9..<15: request.selector = selector()
        case 15, 16: request.anyParent = true
        case 17, 18:
            request.parent = prefixName(request.namespace, model)
            request.selector = selector()
        default:
            request.anyParent = isLucky(50)
            if isLucky(50) { request.parent = "r0" }
        }
    }

    private mutating func chooseSize(
        _ request: inout Command.Request, _ parent: Resource?, _ model: NaiveModel
    ) {
        let family = request.family ?? parent?.spec.family ?? .ipv4
        switch below(20) {
        case 0..<11: request.prefixLength = length(family, parent?.spec.length)
        case 11..<15: request.prefix = wantedPrefix(parent, request.namespace, model)
        case 15, 16:
            request.addresses = isLucky(90) ? UInt128(1 + below(40)) : pick([0, 1 << 32, 1 << 40])
        case 17..<19: break
        default:
            request.prefixLength = length(family, parent?.spec.length)
            if isLucky(20) { request.addresses = 4 }
            if isLucky(20) { request.prefix = wantedPrefix(parent, request.namespace, model) }
        }
    }

    /// What an object asked for, asked again: mostly the same, sometimes not quite.
    private mutating func repeated(_ object: Resource, _ model: NaiveModel) -> Command.Request {
        var request = Command.Request(
            namespace: object.key.namespace, name: object.key.name, family: object.spec.family,
            prefix: object.spec.prefix,
            prefixLength: object.spec.prefix == nil ? object.spec.prefixLength : nil,
            parent: object.spec.parent, selector: object.spec.selector,
            parentStrategy: object.spec.parentStrategy, asPrefix: object.key.kind == .prefix)
        if let selector = request.selector, selector.isEmpty, request.parent == nil {
            request.selector = nil
            request.anyParent = true
        }
        switch below(16) {
        case 0: request.family = nil
        case 1: request.asPrefix.toggle()
        case 2: request.prefixLength = 30
        case 3: (request.prefix, request.prefixLength) = (nil, nil)
        case 4: request.parent = "r1"
        case 5: request.selector = selector()
        case 6: request.parentStrategy = .emptiest
        case 7: request.labels = labels()
        default: break
        }
        return request
    }

    /// Mostly shorter than a parent's prefix, and now and then nonsense.
    private mutating func length(_ family: IPFamily, _ parent: UInt8?) -> UInt8 {
        if isLucky(1) { return UInt8(below(140)) }
        let bits = family.addressBits
        let least = parent.map { min(bits, $0 + (isLucky(95) ? 1 : 0)) } ?? bits - 8
        let room = UInt64(min(bits - least, 8)) + 1
        // The sum of two: small blocks more often than large ones.
        let share = isLucky(plan.starves ? 85 : 60) ? max(below(room), below(room)) : below(room)
        return least + UInt8(share)
    }

    private mutating func wantedPrefix(
        _ parent: Resource?, _ namespace: String, _ model: NaiveModel
    ) -> IPPrefix {
        if let block = parent?.placement?.block { return part(of: block) }
        return someBlock(namespace, model)
    }

    // MARK: Manifests

    mutating func manifest(_ model: NaiveModel) -> Manifest {
        let namespace = pick(plan.namespaces)
        switch below(20) {
        case 0, 1: return rootManifest(model)
        case 2..<8: return changed(model) ?? rootManifest(model)
        case 8..<13: return childManifest(namespace, model)
        default: return claimManifest(namespace, model)
        }
    }

    mutating func rootManifest(_ model: NaiveModel) -> Manifest {
        let index = Int(below(UInt64(plan.roots.count)))
        let block = Self.prefix(plan.roots[index])
        let key = ResourceKey(kind: .prefix, namespace: pick(plan.namespaces), name: "r\(index)")
        var manifest = Manifest(key: key, labels: labels(), prefix: "\(block)")
        if isLucky(plan.policyShare) { manifest.policy = policy(block) }
        if isLucky(2) { manifest.prefixLength = 30 }
        if isLucky(1) { manifest.prefix = "10.0.0.1/24" }
        if isLucky(3) { manifest.apiGroup = .openkcm }
        return manifest
    }

    private mutating func childManifest(_ namespace: String, _ model: NaiveModel) -> Manifest {
        let key = ResourceKey(kind: .prefix, namespace: namespace, name: childName())
        var manifest = Manifest(key: key, labels: labels())
        chooseSource(&manifest, model)
        if isLucky(plan.policyShare) {
            let parent = manifest.parent.flatMap { model.prefix($0, namespace) }
            manifest.policy = policy(parent?.placement?.block ?? Self.prefix(plan.roots[0]))
        }
        return manifest
    }

    private mutating func claimManifest(_ namespace: String, _ model: NaiveModel) -> Manifest {
        let key = ResourceKey(
            kind: .prefixAllocation, namespace: namespace, name: allocationName())
        var manifest = Manifest(key: key, labels: isLucky(70) ? labels() : nil)
        chooseSource(&manifest, model)
        if isLucky(1) { manifest.policy = Manifest.Policy() }
        return manifest
    }

    private mutating func chooseSource(_ manifest: inout Manifest, _ model: NaiveModel) {
        let namespace = manifest.key.namespace
        if isLucky(60) { manifest.parent = prefixName(namespace, model) }
        if manifest.parent == nil || isLucky(10) { manifest.selector = selector() }
        if isLucky(20) { manifest.parentStrategy = isLucky(70) ? "Emptiest" : "BestFit" }
        if isLucky(1) { manifest.parentStrategy = "Nearest" }
        let parent = manifest.parent.flatMap { model.prefix($0, namespace) }
        let family = isLucky(90) ? parent?.spec.family ?? .ipv4 : isLucky(50) ? .ipv4 : .ipv6
        if isLucky(25) {
            manifest.prefix = "\(wantedPrefix(parent, namespace, model))"
            if isLucky(10) { manifest.ipFamily = "\(family)" }
            if isLucky(5) { manifest.prefixLength = Int64(length(family, parent?.spec.length)) }
        } else {
            manifest.ipFamily = isLucky(98) ? "\(family)" : nil
            manifest.prefixLength = Int64(length(family, parent?.spec.length))
            // A large claim, of those that wait for long.
            if plan.starves, isLucky(40), let parent {
                manifest.prefixLength = Int64(min(parent.spec.length + 1, family.addressBits))
            }
        }
    }

    /// An object as it was written, with one thing changed, or as it is printed.
    private mutating func changed(_ model: NaiveModel) -> Manifest? {
        guard !model.objects.isEmpty else { return nil }
        let object = pick(model.objects)
        let spec = object.spec
        var manifest = Manifest(
            key: object.key, apiGroup: object.apiGroup, ipFamily: "\(spec.family)",
            prefix: spec.prefix?.description, prefixLength: spec.prefixLength.map(Int64.init),
            parent: spec.parent, selector: spec.selector)
        if isLucky(30) { manifest.parentStrategy = "\(spec.parentStrategy)" }
        let block = object.placement?.block ?? spec.prefix ?? Self.prefix(plan.roots[0])
        switch below(18) {
        case 0...3: manifest.labels = labels()
        case 4: manifest.annotations = ["note": "\(below(3))"]
        case 5...7 where object.key.kind == .prefix: manifest.policy = policy(block)
        case 8 where object.key.kind == .prefix: manifest.policy = Manifest.Policy()
        case 9: manifest.parent = prefixName(object.key.namespace, model)
        case 10: manifest.prefix = "\(part(of: block))"
        case 11: manifest.prefixLength = Int64(length(spec.family, nil))
        case 12: manifest.selector = isLucky(50) ? selector() : nil
        case 13: manifest.parentStrategy = "Emptiest"
        case 14: manifest.resourceVersion = isLucky(60) ? object.version : object.version + 1
        case 15: manifest.parent = object.placement?.parent ?? manifest.parent
        case 16: manifest.prefix = "\(block)"
        default: break
        }
        if isLucky(5) { manifest.apiGroup = .openkcm }
        return manifest
    }
}
