import IPAM
import IPAMWire

extension Samples {
    /// A refusal with each code; the sentences are those of the vectors, here only their shape.
    static let refusals: [String: Sample] = {
        let faults = Fault.Kind.allCases.enumerated().map { index, kind in
            Refusal.DocumentFault(
                document: UInt32(index),
                fault: Fault(path: "spec.prefixLength", kind: kind, sentence: "an example"))
        }
        let refusals = RefusalCode.allCases.map { code in
            let refusal = Refusal(
                code, sentences[code.description] ?? "", faults: code == .invalid ? faults : [],
                names: code == .inUse ? ["web-1", "web-2"] : [])
            return ("refusal \(code)", Sample.refusal(RefusalBody(lsn: 46, refusal: refusal)))
        }
        let full = Refusal(
            .noRoom, "no Prefix with tier=public has a free /26; the largest free block is a /28")
        let part = Refusal(.noRoom, "part 2: root has no free /26", part: 1)
        let later = Refusal(
            .busy, "too much waits already; nothing was changed, try again",
            retryMilliseconds: 250)
        return Dictionary(uniqueKeysWithValues: refusals).merging([
            "refusal, the root is full": .refusal(RefusalBody(lsn: 42, refusal: full)),
            "refusal of the second part of a batch": .refusal(RefusalBody(lsn: 46, refusal: part)),
            "refusal with a time to try again": .refusal(RefusalBody(lsn: 46, refusal: later)),
        ]) { first, _ in first }
    }()

    /// A goodbye with each code that a server sends.
    static let goodbyes: [String: Sample] = {
        let codes = ProtocolError.Code.allCases.filter { $0 != .unexpectedAnswer }
        let unsure: Set<ProtocolError.Code> = [.storageFailed, .correlationInUse, .tooManyInFlight]
        let goodbyes = codes.map { code in
            let goodbye = Goodbye(
                code: code.rawValue, sentence: sentences["goodbye \(code)"] ?? "",
                restNotExecuted: !unsure.contains(code),
                versions: code == .unsupportedVersion ? 1...1 : nil)
            return ("goodbye \(code)", Sample.goodbye(goodbye))
        }
        return Dictionary(uniqueKeysWithValues: goodbyes)
    }()

    /// The registry's sentence for each code.
    private static let sentences: [String: String] = {
        do {
            let registry = try Specification.registry()
            let refusals = registry.refusals.map { ($0.name, $0.sentence ?? "") }
            let goodbyes = registry.goodbyes.map { ("goodbye \($0.name)", $0.sentence ?? "") }
            return Dictionary(uniqueKeysWithValues: refusals + goodbyes)
        } catch {
            preconditionFailure("The registry cannot be read: \(error)")
        }
    }()
}

/// The objects of the vectors.
enum Objects {
    static let time = Instant(milliseconds: 1_700_000_000_000)

    static func web() throws -> Resource {
        let selector = Selector(matchLabels: ["tier": "public"])
        let spec = Spec(family: .ipv4, prefixLength: 26, selector: selector)
        let placement = Placement(block: try IPPrefix("10.0.0.0/26"), parent: "root")
        return resource(.prefixAllocation, "web-1", spec, .allocated(placement))
    }

    static func root() throws -> Resource {
        let block = try IPPrefix("10.0.0.0/8")
        var root = resource(
            .prefix, "root", Spec(family: .ipv4, prefix: block),
            .allocated(Placement(block: block, parent: nil)))
        root.labels = ["tier": "public"]
        root.annotations = ["note": "a"]
        return root
    }

    static func pending() throws -> Resource {
        let block = try IPPrefix("2001:db8::/48")
        let spec = Spec(family: .ipv6, prefix: block, prefixLength: 48, parent: "root6")
        return resource(.prefix, "child", spec, .pending)
    }

    /// A child Prefix with every field of a policy.
    static func rack() throws -> Resource {
        var policy = PrefixPolicy()
        policy.strategy = .sparse
        policy.minLength = 24
        policy.maxLength = 30
        policy.defaultLength = 26
        policy.reserved = try IPPrefixSet("10.0.2.0-10.0.2.16")
        policy.excluded = try IPPrefixSet("10.0.3.255")
        policy.excludesNetworkAndBroadcast = true
        policy.quota = 256
        policy.quotaPerOwner = 64
        policy.isOwnerOnly = true
        let spec = Spec(
            family: .ipv4, prefixLength: 23, selector: Selector(matchLabels: ["tier": "public"]),
            parentStrategy: .emptiest, policy: policy)
        let placement = Placement(block: try IPPrefix("10.0.2.0/23"), parent: "root")
        return resource(.prefix, "rack-7", spec, .allocated(placement))
    }

    static func pods() throws -> Resource {
        let block = try IPPrefix("10.0.0.0/8")
        var policy = PrefixPolicy()
        policy.strategy = .lowest
        let spec = Spec(family: .ipv4, prefix: block, policy: policy)
        return resource(.prefix, "pods", spec, .allocated(Placement(block: block, parent: nil)))
    }

    static func failed() throws -> Resource {
        let spec = Spec(family: .ipv4, prefixLength: 9, parent: "root")
        var failed = resource(.prefixAllocation, "child-1", spec, .failed(.tooLarge))
        failed.controller = "child"
        return failed
    }

    private static func resource(
        _ kind: ResourceKind, _ name: String, _ spec: Spec?, _ status: Status
    ) -> Resource {
        guard let spec else { preconditionFailure("The spec of \(name) is none.") }
        return Resource(
            key: ResourceKey(kind: kind, namespace: "default", name: name),
            uid: ResourceUID(incarnation: 0x0123_4567_89ab_cdef, lsn: 42, index: 0), version: 42,
            created: time, owner: 1000, spec: spec, status: status,
            phaseSince: Instant(milliseconds: time.milliseconds + 1))
    }
}
