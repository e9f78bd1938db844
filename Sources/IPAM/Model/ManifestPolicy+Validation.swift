extension Manifest.Policy {
    /// The policy that is written here; `block` is that of the Prefix, if it is known already.
    func validated(
        _ block: IPPrefix?, _ family: IPFamily, _ faults: inout [Fault]
    ) -> PrefixPolicy {
        var policy = PrefixPolicy()
        policy.strategy = checkedStrategy(&faults)
        policy.minLength = checkedLength(minPrefixLength, "minPrefixLength", family, &faults)
        policy.maxLength = checkedLength(maxPrefixLength, "maxPrefixLength", family, &faults)
        policy.defaultLength = checkedLength(
            defaultPrefixLength, "defaultPrefixLength", family, &faults)
        checkOrder(policy, &faults)
        policy.reserved = checkedRanges(reserved, "reserved", block, family, &faults)
        policy.excluded = checkedRanges(excluded, "excluded", block, family, &faults)
        policy.excludesNetworkAndBroadcast = excludeNetworkAndBroadcast
        policy.quota = checkedQuota(quota, "quota", family, &faults)
        policy.quotaPerOwner = checkedQuota(quotaPerOwner, "quotaPerOwner", family, &faults)
        policy.isOwnerOnly = ownerOnly
        return policy
    }

    private func checkedStrategy(_ faults: inout [Fault]) -> PrefixPolicy.Strategy {
        guard let strategy else { return .bestFit }
        if let known = PrefixPolicy.Strategy.allCases.first(where: { "\($0)" == strategy }) {
            return known
        }
        let sentence = "\(strategy.quotedForMessage) is not known; write BestFit, Lowest or Sparse"
        faults.append(Fault("spec.policy.strategy", .notSupported, sentence))
        return .bestFit
    }

    private func checkedLength(
        _ length: Int64?, _ field: String, _ family: IPFamily, _ faults: inout [Fault]
    ) -> UInt8? {
        guard let length else { return nil }
        let most = Int64(family.addressBits)
        guard (1...most).contains(length) else {
            let sentence = "\(length) is out of range; 1 to \(most) are possible"
            faults.append(Fault("spec.policy.\(field)", .invalid, sentence))
            return nil
        }
        return UInt8(length)
    }

    /// The least length is not above the most, and the default is between them.
    private func checkOrder(_ policy: PrefixPolicy, _ faults: inout [Fault]) {
        let least = policy.minLength ?? 1
        let most = policy.maxLength ?? .max
        if least > most {
            let sentence = "\(most) is below minPrefixLength, \(least)"
            faults.append(Fault("spec.policy.maxPrefixLength", .invalid, sentence))
        } else if let length = policy.defaultLength, !(least...most).contains(length) {
            let range = policy.lengthRange
            let sentence = "\(length) is not given out here: \(range)"
            faults.append(Fault("spec.policy.defaultPrefixLength", .invalid, sentence))
        }
    }

    private func checkedRanges(
        _ texts: [String], _ field: String, _ block: IPPrefix?, _ family: IPFamily,
        _ faults: inout [Fault]
    ) -> IPPrefixSet {
        guard texts.count <= Limits.policyRangesMax else {
            let most = Limits.policyRangesMax
            let sentence = "there are \(texts.count), the maximum is \(most)"
            faults.append(Fault("spec.policy.\(field)", .invalid, sentence))
            return IPPrefixSet()
        }
        var prefixes: [IPPrefix] = []
        for (index, text) in texts.enumerated() {
            let path = "spec.policy.\(field)[\(index)]"
            do throws(IPRangeError) {
                let range = try IPPrefixSet(text)
                if let sentence = Self.fault(of: range, in: block, family) {
                    faults.append(Fault(path, .invalid, "\(text) \(sentence)"))
                } else {
                    prefixes += range.prefixes
                }
            } catch {
                faults.append(Fault(path, .invalid, error.description))
            }
        }
        let set = IPPrefixSet(prefixes)
        if set.prefixes.count > Limits.policyPrefixesMax {
            let sentence =
                "it takes \(set.prefixes.count) prefixes to cover these ranges, the maximum is "
                + "\(Limits.policyPrefixesMax); begin and end them at rounder addresses"
            faults.append(Fault("spec.policy.\(field)", .invalid, sentence))
        }
        return set
    }

    private static func fault(
        of range: IPPrefixSet, in block: IPPrefix?, _ family: IPFamily
    ) -> String? {
        if range.prefixes.contains(where: { $0.family != family }) { return "is not \(family)" }
        guard let block else { return nil }
        return range.prefixes.allSatisfy(block.contains) ? nil : "is not inside \(block)"
    }

    private func checkedQuota(
        _ text: String?, _ field: String, _ family: IPFamily, _ faults: inout [Fault]
    ) -> UInt128? {
        guard let text else { return nil }
        if let quota = PrefixPolicy.quota(text, family) { return quota }
        let sentence =
            "\(text.quotedForMessage) is no number of addresses; write 1024, or /22 for "
            + "as many as a /22 has"
        faults.append(Fault("spec.policy.\(field)", .invalid, sentence))
        return nil
    }
}

extension PrefixPolicy {
    /// The lengths that are given out, for sentences: `/24 to /28`.
    package var lengthRange: String {
        switch (minLength, maxLength) {
        case (nil, nil): "any length"
        case (let least?, nil): "/\(least) and longer"
        case (nil, let most?): "up to /\(most)"
        case (let least?, let most?): least == most ? "/\(least)" : "/\(least) to /\(most)"
        }
    }
}
