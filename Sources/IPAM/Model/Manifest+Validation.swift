/// The faults of a document, all at once; the error of a validation.
package struct InvalidManifest: Error {
    package let faults: [Fault]
}

extension Manifest {
    /// The spec that the document asks for.
    ///
    /// The rules are those of IronCore's Prefix and PrefixAllocation; one fault gives one error.
    package func validated() throws(InvalidManifest) -> Spec {
        var faults = metadataFaults
        let spec = checkedSpec(&faults)
        guard faults.isEmpty, let spec else { throw InvalidManifest(faults: faults) }
        return spec
    }

    private var metadataFaults: [Fault] {
        nameFaults + labelFaults + annotationFaults
    }

    /// Of too many labels, only that: a document full of bad ones gets one sentence.
    private var labelFaults: [Fault] {
        guard let labels else { return [] }
        guard labels.count <= Limits.labelsMax else {
            let sentence = "there are \(labels.count), the maximum is \(Limits.labelsMax)"
            return [Fault("metadata.labels", .invalid, sentence)]
        }
        return labels.faults(at: "metadata.labels")
    }

    /// Of too many bytes, only that; of bad keys the first few.
    private var annotationFaults: [Fault] {
        guard let pairs = annotations?.pairs, !pairs.isEmpty else { return [] }
        let bytes = pairs.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard bytes <= Limits.annotationBytesMax else {
            let most = Limits.annotationBytesMax
            let sentence = "they have \(bytes) bytes together, the maximum is \(most)"
            return [Fault("metadata.annotations", .invalid, sentence)]
        }
        let faults = pairs.lazy.compactMap { pair in
            NameRule.annotationKeyFault(pair.key).map { fault in
                let path = "metadata.annotations[\(pair.key.quotedForMessage)]"
                return Fault(path, .invalid, "the key \(fault)")
            }
        }
        return Array(faults.prefix(Limits.namesShownMax))
    }

    private var nameFaults: [Fault] {
        var faults: [Fault] = []
        if key.name.isEmpty {
            faults.append(Fault("metadata.name", .required, "give the object a name"))
        } else if let fault = NameRule.subdomainFault(key.name) {
            faults.append(Fault("metadata.name", .invalid, fault))
        }
        if key.namespace.isEmpty {
            faults.append(Fault("metadata.namespace", .required, "name the namespace"))
        } else if let fault = NameRule.labelFault(key.namespace) {
            faults.append(Fault("metadata.namespace", .invalid, fault))
        }
        return faults
    }

    /// The names of the fields by which this kind names its parent.
    private var parentFields: (name: String, selector: String) {
        switch key.kind {
        case .prefix: ("spec.parentRef.name", "spec.parentSelector")
        case .prefixAllocation: ("spec.prefixRef.name", "spec.prefixSelector")
        }
    }

    private func checkedSpec(_ faults: inout [Fault]) -> Spec? {
        let before = faults.count
        let block = checkedPrefix(&faults)
        let family = checkedFamily(block, &faults)
        checkSource(&faults)
        checkRequest(family, &faults)
        let strategy = checkedParentStrategy(&faults)
        let policy = checkedPolicy(block, family, &faults)
        guard faults.count == before, let family else { return nil }
        let length = prefixLength.map { UInt8(clamping: $0) }
        return Spec(
            family: family, prefix: block, prefixLength: length, parent: parent,
            selector: selector, parentStrategy: strategy, policy: policy)
    }

    private func checkedParentStrategy(_ faults: inout [Fault]) -> ParentStrategy {
        guard let parentStrategy else { return .bestFit }
        if let strategy = ParentStrategy.allCases.first(where: { "\($0)" == parentStrategy }) {
            return strategy
        }
        let sentence = "\(parentStrategy.quotedForMessage) is not known; write BestFit or Emptiest"
        faults.append(Fault("spec.parentStrategy", .notSupported, sentence))
        return .bestFit
    }

    private func checkedPolicy(
        _ block: IPPrefix?, _ family: IPFamily?, _ faults: inout [Fault]
    ) -> PrefixPolicy? {
        guard let policy else { return nil }
        guard key.kind == .prefix else {
            let sentence = "an allocation gives out nothing; only a Prefix has a policy"
            faults.append(Fault("spec.policy", .forbidden, sentence))
            return nil
        }
        // Without a family there is a fault already, and nothing to measure a policy by.
        return family.map { policy.validated(block, $0, &faults) }
    }

    private func checkedPrefix(_ faults: inout [Fault]) -> IPPrefix? {
        guard let prefix else { return nil }
        do throws(IPPrefixError) {
            return try IPPrefix(prefix)
        } catch {
            faults.append(Fault("spec.prefix", .invalid, error.description))
            return nil
        }
    }

    /// The family as written, or that of the prefix when nothing else says it.
    private func checkedFamily(_ block: IPPrefix?, _ faults: inout [Fault]) -> IPFamily? {
        guard let ipFamily, !ipFamily.isEmpty else {
            if let block, prefixLength == nil { return block.family }
            // A prefix that cannot be read has its own fault; one fault, one error.
            if prefix == nil || block != nil {
                faults.append(Fault("spec.ipFamily", .required, "write IPv4 or IPv6"))
            }
            return nil
        }
        guard let family = IPFamily(ipFamily) else {
            let sentence = "\(ipFamily.quotedForMessage) is not known; write IPv4 or IPv6"
            faults.append(Fault("spec.ipFamily", .notSupported, sentence))
            return nil
        }
        if let block, block.family != family {
            let sentence = "\(block) is \(block.family), spec.ipFamily says \(family)"
            faults.append(Fault("spec.prefix", .invalid, sentence))
        }
        return family
    }

    private func checkSource(_ faults: inout [Fault]) {
        if let parent {
            if parent.isEmpty {
                faults.append(Fault(parentFields.name, .required, "name the parent Prefix"))
            } else if let fault = NameRule.subdomainFault(parent) {
                faults.append(Fault(parentFields.name, .invalid, fault))
            }
        }
        if let selector { faults += selector.faults(at: parentFields.selector) }
        if key.kind == .prefixAllocation, parent == nil, selector == nil {
            let sentence = "needs prefixRef or prefixSelector: where shall the space come from?"
            faults.append(Fault("spec", .invalid, sentence))
        }
    }

    /// What block is asked for: the rules differ for a root, a child and an allocation.
    private func checkRequest(_ family: IPFamily?, _ faults: inout [Fault]) {
        let isRoot = key.kind == .prefix && parent == nil && selector == nil
        if isRoot {
            if prefix == nil {
                let sentence = "a root Prefix (no parentRef, no parentSelector) needs its prefix"
                faults.append(Fault("spec.prefix", .required, sentence))
            }
            if prefixLength != nil {
                let sentence = "a root Prefix is given by spec.prefix alone"
                faults.append(Fault("spec.prefixLength", .invalid, sentence))
            }
            return
        }
        guard let prefixLength else {
            if prefix == nil {
                faults.append(Fault("spec", .invalid, "needs prefix or prefixLength"))
            }
            return
        }
        if key.kind == .prefixAllocation, prefix != nil {
            let sentence = "give prefix or prefixLength, not both"
            faults.append(Fault("spec.prefixLength", .forbidden, sentence))
            return
        }
        let bits = Int64(family?.addressBits ?? IPFamily.ipv6.addressBits)
        if !(1...bits).contains(prefixLength) {
            let sentence = "\(prefixLength) is out of range; 1 to \(bits) are possible"
            faults.append(Fault("spec.prefixLength", .invalid, sentence))
        } else if let length = statedLength, length != prefixLength {
            let sentence = "\(prefixLength) differs from the length of spec.prefix, \(length)"
            faults.append(Fault("spec.prefixLength", .invalid, sentence))
        }
    }

    /// The length of a prefix that can be read.
    private var statedLength: Int64? {
        guard let prefix else { return nil }
        do throws(IPPrefixError) {
            return Int64(try IPPrefix(prefix).length)
        } catch {
            return nil
        }
    }
}
