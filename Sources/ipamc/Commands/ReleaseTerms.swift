internal import IPAM

/// The allocations that shall end, in the words of `release` or of a line of a batch.
struct ReleaseTerms {
    var targets: [String] = []
    var selector: String?
    var parent: String?
    var ignoreNotFound = false

    /// What shall end, or why the words make no sense together.
    func command(namespace: String) throws(Failure) -> Command.Release {
        let hint = "name the allocations that shall end"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        guard !targets.isEmpty || selector != nil else { throw .usage(hint) }
        var release = Command.Release(
            namespace: namespace, selector: selector, parent: parent,
            ignoresMissing: ignoreNotFound)
        for target in targets {
            if let (kind, name) = ResourceWords.slashed(target) {
                guard kind == .prefixAllocation else {
                    throw .usage("\(target) is a Prefix: end it with ipamc delete \(target)")
                }
                release.names.append(name)
            } else if target.contains("/") || target.contains(":") {
                release.blocks.append(try IPPrefix(argument: target))
            } else if target.isEmpty {
                throw .usage("a name is empty: \(hint)")
            } else {
                release.names.append(target)
            }
        }
        return release
    }
}
