import IPAM
import Seeded

/// One command of a run, complete: it can be performed again without the generator.
struct ModelStep: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        case command(Command, Caller)
        /// Ends the waiting of the request that waits for the n-th longest, if there is one.
        case withdraw(Int)
        case query(Query, Caller)
    }

    let action: Action
    let now: Instant
}

/// What a part of a run is like. Everything begins anew with each part.
struct ModelPlan: Sendable {
    var stepCount = 1000
    var namespaces = ["default"]
    var allocationNameCount: UInt64 = 8
    var childNameCount: UInt64 = 3
    var roots = ["10.0.0.0/24", "2001:db8::/120"]
    /// In percent: manifests of Prefixes with a policy, and releases among the commands.
    var policyShare: UInt64 = 40
    var releaseShare: UInt64 = 22
    /// Claims that are large and live long, beside many small ones.
    var starves = false

    /// The plan of a part, from the seed and the number of the part alone, so that a replay need
    /// not run what came before.
    init(seed: UInt64, part: UInt64) {
        var generator = Self.generator(seed: seed, part: part, salt: 1)
        switch generator.next() % 8 {
        case 0:
            roots = ["10.0.0.0/28", "10.0.0.0/29", "2001:db8::/124"]
        case 1:
            namespaces = ["default", "a", "b"]
            roots = [
                "10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/26", "2001:db8::/120", "10.1.0.0/30",
            ]
            stepCount = 3000
        case 2, 3:
            starves = true
            roots = ["10.0.0.0/27", "10.0.0.0/28", "2001:db8::/123"]
            stepCount = 20_000
            allocationNameCount = 40
            policyShare = 10
        case 4:
            allocationNameCount = 300
            childNameCount = 20
            stepCount = 1500
            roots = ["10.0.0.0/22", "10.8.0.0/24", "2001:db8::/118"]
            releaseShare = 12
        case 5:
            roots = ["10.0.0.0/8", "10.0.0.0/31", "2001:db8::/32", "2001:db8::/127", "0.0.0.0/0"]
            stepCount = 400
        case 6:
            allocationNameCount = 20
            policyShare = 80
            stepCount = 2000
        default:
            // No enum of ours: the rest of the numbers.
            allocationNameCount = 12
            stepCount = 10_000
            releaseShare = 30
        }
    }

    static func generator(seed: UInt64, part: UInt64, salt: UInt64) -> SeededGenerator {
        var generator = SeededGenerator(
            seed: seed &* 0x9e37_79b9 ^ part &* 0x1234_5679 ^ salt << 56)
        return SeededGenerator(seed: generator.next() ^ generator.next() << 1)
    }
}

/// Makes the commands of a part, one after the other: few names and little space, so that much
/// is in the way of much. It looks at the model to hit what is there, and misses on purpose.
struct ModelWorkload {
    let plan: ModelPlan
    var generator: SeededGenerator
    private var now: UInt64 = 0

    init(_ plan: ModelPlan, seed: UInt64, part: UInt64) {
        self.plan = plan
        generator = ModelPlan.generator(seed: seed, part: part, salt: 2)
    }

    mutating func next(_ model: NaiveModel) -> ModelStep {
        now += 1
        return ModelStep(action: action(model), now: Instant(milliseconds: now))
    }

    private mutating func action(_ model: NaiveModel) -> ModelStep.Action {
        if plan.starves, isLucky(90) { return churn(model) }
        if !model.requests.isEmpty, isLucky(6) {
            return .withdraw(Int(below(UInt64(model.requests.count))))
        }
        if isLucky(5) { return .query(query(model), caller()) }
        let command = command(model)
        return .command(command, caller(of: command))
    }

    /// Mostly somebody who may.
    private mutating func caller(of command: Command) -> Caller {
        switch command {
        case .apply, .reconcile, .access: isLucky(92) ? Self.administrator : caller()
        case .delete: isLucky(50) ? Self.administrator : caller()
        case .request, .release, .batch: caller()
        }
    }

    private mutating func command(_ model: NaiveModel) -> Command {
        let isDryRun = isLucky(5)
        if model.objects.count < plan.roots.count, isLucky(50) {
            return .apply(.init(manifests: [rootManifest(model)], isDryRun: isDryRun))
        }
        let die = below(100)
        switch die {
        case ..<plan.releaseShare:
            var release = release(model)
            release.isDryRun = isDryRun
            return .release(release)
        case ..<(plan.releaseShare + 6):
            var delete = delete(model)
            delete.isDryRun = isDryRun
            return .delete(delete)
        case ..<(plan.releaseShare + 14): return .batch(batch(model, isDryRun))
        case ..<(plan.releaseShare + 34):
            let count = isLucky(75) ? 1 : below(isLucky(4) ? 1 : 5)
            let manifests = (0..<count).map { _ in manifest(model) }
            return .apply(.init(manifests: manifests, isDryRun: isDryRun))
        default:
            // No enum of ours: the rest of a hundred.
            var request = request(model)
            request.isDryRun = isDryRun
            if isLucky(20) { request.waitMilliseconds = 1000 }
            return .request(request)
        }
    }

    private mutating func batch(_ model: NaiveModel, _ isDryRun: Bool) -> Command.Batch {
        let count = isLucky(2) ? 0 : 1 + below(4)
        let parts: [Command.Batch.Part] = (0..<count).map { _ in
            if isLucky(45) {
                var release = release(model)
                release.isDryRun = isLucky(1)
                return .release(release)
            }
            var request = request(model)
            if isLucky(1) { request.waitMilliseconds = 5 }
            if isLucky(1) { request.isDryRun = true }
            return .request(request)
        }
        return Command.Batch(parts: parts, isDryRun: isDryRun)
    }

    private mutating func query(_ model: NaiveModel) -> Query {
        switch below(5) {
        case 0, 1: .explain(.init(request: request(model)))
        case 2: .who(.init(prefix: someBlock(pick(plan.namespaces), model)))
        case 3: .list(.init(kind: isLucky(50) ? .prefix : .prefixAllocation))
        default: .usage(.init())
        }
    }

    private mutating func release(_ model: NaiveModel) -> Command.Release {
        var release = Command.Release(namespace: namespace(), ignoresMissing: isLucky(15))
        switch below(20) {
        case 0..<12: release.names = [someName(.prefixAllocation, release.namespace, model)]
        case 12, 13:
            let count = 1 + below(3)
            release.names = (0..<count).map { _ in
                someName(.prefixAllocation, release.namespace, model)
            }
        case 14...16: release.blocks = [someBlock(release.namespace, model)]
        case 17: release.selector = selector()
        case 18:
            release.names = [allocationName()]
            release.blocks = [someBlock(release.namespace, model)]
            if isLucky(30) { release.selector = selector() }
        default: if isLucky(50) { release.names = [childName()] }
        }
        if isLucky(release.blocks.isEmpty ? 2 : 30) {
            release.parent = prefixName(release.namespace, model)
        }
        return release
    }

    private mutating func delete(_ model: NaiveModel) -> Command.Delete {
        let count = isLucky(1) ? 0 : isLucky(60) ? 1 : 1 + below(4)
        let keys = (0..<count).map { _ in
            let namespace = namespace()
            let kind: ResourceKind = isLucky(70) ? .prefix : .prefixAllocation
            return ResourceKey(
                kind: kind, namespace: namespace, name: someName(kind, namespace, model))
        }
        return Command.Delete(keys: keys, ignoresMissing: isLucky(20))
    }
}

extension ModelWorkload {
    mutating func below(_ bound: UInt64) -> UInt64 { bound == 0 ? 0 : generator.next() % bound }

    mutating func isLucky(_ percent: UInt64) -> Bool { below(100) < percent }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        precondition(!values.isEmpty, "There is something to choose from.")
        return values[Int(below(UInt64(values.count)))]
    }

    mutating func namespace() -> String { isLucky(1) ? "nowhere" : pick(plan.namespaces) }

    mutating func allocationName() -> String {
        if isLucky(1) { return pick(["x.prefix", "x.long-prefix", "No", ""]) }
        return isLucky(3) ? childName() : "a\(below(plan.allocationNameCount))"
    }

    mutating func childName() -> String { "p\(below(plan.childNameCount))" }

    /// A name that is probably there.
    mutating func someName(
        _ kind: ResourceKind, _ namespace: String, _ model: NaiveModel
    ) -> String {
        let there = model.objects.filter { $0.key.kind == kind && $0.key.namespace == namespace }
        if !there.isEmpty, isLucky(85) {
            let object = pick(there)
            // Who waits for long is left alone for long.
            if !plan.starves || object.placement != nil || isLucky(10) { return object.key.name }
        }
        return kind == .prefix ? childName() : allocationName()
    }

    mutating func prefixName(_ namespace: String, _ model: NaiveModel) -> String {
        isLucky(94) ? someName(.prefix, namespace, model) : pick(["r0", "none"])
    }

    /// A block that is probably held by somebody.
    mutating func someBlock(_ namespace: String, _ model: NaiveModel) -> IPPrefix {
        let blocks = model.objects.filter { $0.key.namespace == namespace }
            .compactMap(\.placement?.block)
        let block = blocks.isEmpty ? Self.prefix(pick(plan.roots)) : pick(blocks)
        return isLucky(70) ? block : part(of: block)
    }

    /// A smaller block inside, or now and then one beside.
    mutating func part(of block: IPPrefix) -> IPPrefix {
        let bits = block.family.addressBits
        let most = min(bits, block.length + 9)
        let length = min(bits, block.length + UInt8(below(UInt64(most - block.length) + 1)))
        let hostBits = UInt128(bits - block.length)
        let size: UInt128 = hostBits == 0 ? 1 : 1 << min(hostBits, 60)
        let number = block.number + UInt128(generator.next()) % size
        let address = IPAddress(number: number, family: block.family)
        let inside = IPPrefix(containing: address, length: length)
        return isLucky(95) || length == 0 ? inside : inside.sibling
    }

    static func prefix(_ text: String) -> IPPrefix {
        do throws(IPPrefixError) {
            return try IPPrefix(text)
        } catch {
            preconditionFailure("The workload has a prefix that is none: \(error)")
        }
    }

    static let administrator = Caller(uid: 0, gid: 0, pid: 1, role: .administrator)

    mutating func caller() -> Caller {
        let die = below(100)
        if die < 50 { return Self.administrator }
        if die < 97 {
            let uid = 1000 + UInt32(below(3))
            return Caller(uid: uid, gid: uid, pid: 1, role: .agent)
        }
        return Caller(uid: 2000, gid: 1, pid: 1, role: die == 99 ? .stranger : .observer)
    }

    mutating func labels() -> Labels {
        var labels: [String: String] = [:]
        if isLucky(60) { labels["tier"] = isLucky(60) ? "a" : "b" }
        if isLucky(30) { labels["zone"] = isLucky(60) ? "x" : "y" }
        return Labels(labels)
    }

    mutating func selector() -> Selector {
        switch below(14) {
        case 0...5: Selector(matchLabels: ["tier": isLucky(65) ? "a" : "b"])
        case 6: Selector(matchExpressions: [.init(key: "zone", operator: .exists)])
        case 7, 8: Selector(matchExpressions: [.init(key: "zone", operator: .doesNotExist)])
        case 9:
            Selector(matchExpressions: [.init(key: "tier", operator: .isNotIn, values: ["b"])])
        case 10, 11:
            Selector(
                matchLabels: ["tier": "a"],
                matchExpressions: [
                    .init(key: "zone", operator: .isIn, values: ["x", "y"]),
                    .init(key: "tier", operator: .exists),
                ])
        case 12: Selector()
        default: Selector(matchLabels: ["zone": "x"])
        }
    }
}
