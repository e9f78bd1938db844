internal import IPAM
internal import IPAMClient

/// What a person is told who asked for objects and gets none: where was looked, and which labels
/// there are. Programs see the empty list that they asked for.
struct NothingFound {
    let kinds: [ResourceKind]
    let selector: Selector?
    /// Absent: all namespaces.
    let namespace: String?
    var word = "nothing"

    func say(_ options: GlobalOptions, _ client: inout Client) throws(Failure) {
        guard options.output.structured == nil else { return }
        let place = namespace.map { "the namespace \($0.quotedForMessage)" } ?? "any namespace"
        guard let selector else {
            return StandardStreams.writeError("There is \(word) in \(place).\n")
        }
        StandardStreams.writeError("Nothing in \(place) has the labels \(selector).\n")
        for kind in kinds {
            let lines = try asking { () throws(ClientError) in
                try hints(kind, selector, &client)
            }
            StandardStreams.writeError(lines.map { "ipamc: hint: \($0)\n" }.joined())
        }
    }

    /// A namespace that nobody has made yet has no labels.
    private func hints(
        _ kind: ResourceKind, _ selector: Selector, _ client: inout Client
    ) throws(ClientError) -> [String] {
        do throws(ClientError) {
            return try Hints.labels(kind, namespace, selector, &client)
        } catch .refused(let refusal) where refusal.code == .unknownNamespace {
            return []
        }
    }
}
