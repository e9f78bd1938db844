import IPAM

/// The lines of a client's own file: what it asked before it asked, what it was told after.
extension Ask: CustomStringConvertible {
    var description: String {
        switch self {
        case .command(let command): command.text
        case .list(let list):
            list.names.isEmpty
                ? "list \(list.kind)" : "get \(list.kind) \(list.names.joined(separator: ","))"
        }
    }
}

extension Command {
    fileprivate var text: String {
        switch self {
        case .apply(let apply): "apply \(apply.manifests.count)"
        case .request(let request): request.text
        case .release(let release): release.text
        case .delete(let delete):
            "delete \(delete.keys.map(\.description).joined(separator: ","))"
        case .batch(let batch):
            "batch ("
                + batch.parts.map { part in
                    switch part {
                    case .request(let request): request.text
                    case .release(let release): release.text
                    }
                }.joined(separator: "; ") + ")"
        case .reconcile: "reconcile"
        case .access: "access"
        }
    }
}

extension Command.Request {
    fileprivate var text: String {
        var words = ["request", name]
        if let prefix { words.append("prefix=\(prefix)") }
        if let prefixLength { words.append("length=\(prefixLength)") }
        if let addresses { words.append("addresses=\(addresses)") }
        if let family { words.append("\(family)") }
        if let parent { words.append("parent=\(parent)") }
        if let selector { words.append("selector=\(selector.matchLabels)") }
        if anyParent { words.append("any-parent") }
        if parentStrategy == .emptiest { words.append("emptiest") }
        if asPrefix { words.append("as-prefix") }
        if let waitMilliseconds { words.append("wait=\(waitMilliseconds)ms") }
        return words.joined(separator: " ")
    }
}

extension Command.Release {
    fileprivate var text: String {
        "release " + (names + blocks.map(\.description)).joined(separator: " ")
            + (ignoresMissing ? " ignore-missing" : "")
    }
}

extension Outcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .answered(let reply):
            "lsn \(reply.lsn): \(Said(reply.answer).map { "\($0)" } ?? "an answer")"
        case .refused(let code, let part): "refused \(code)\(part.map { " part \($0)" } ?? "")"
        case .nothingChanged: "nothing changed"
        case .unknown: "unknown"
        }
    }
}

extension Said: CustomStringConvertible {
    var description: String {
        switch self {
        case .applied(let unchanged): unchanged ? "unchanged" : "applied"
        case .allocated(let thing, let isCreated):
            "\(isCreated ? "created" : "exists") \(thing)"
        case .released(let items):
            "released "
                + items.map { "\($0.name) \($0.block.map(\.description) ?? "-")" }
                .joined(separator: ", ")
        case .deleted(let keys): "deleted \(keys.map(\.description).joined(separator: ", "))"
        case .batch(let parts): "batch (\(parts.map(\.description).joined(separator: "; ")))"
        case .listed(let things):
            things.count == 1 ? "listed \(things[0])" : "listed \(things.count)"
        case .refused(let code, let part): "refused \(code)\(part.map { " part \($0)" } ?? "")"
        }
    }
}

extension Entry: CustomStringConvertible {
    var description: String { "client \(client): \(ask) -> \(outcome)" }
}
