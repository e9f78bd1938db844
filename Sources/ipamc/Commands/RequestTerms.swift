internal import IPAM

/// The space that is wanted, in the words of `request`, of `explain`, or of a line of a batch.
struct RequestTerms {
    var length: UInt8?
    var prefix: String?
    var addresses: UInt128?
    var selector: String?
    var parent: String?
    var anyParent = false
    var parentStrategy: ParentStrategy?
    var family: IPFamily?
    var name: String?
    var labels: [String] = []
    var asPrefix = false

    /// What is asked for, or why the words make no sense together.
    func command(namespace: String, name: String) throws(Failure) -> Command.Request {
        guard [length != nil, prefix != nil, addresses != nil].count(where: { $0 }) <= 1 else {
            throw .usage("give one of --length, --prefix and --addresses")
        }
        let hint = "to take any parent, write --any-parent"
        let selector = try Selector.option(selector, "--selector", hint: hint)
        guard selector != nil || parent != nil || anyParent else {
            throw .usage("where from? Give --selector or --parent; \(hint)")
        }
        guard !anyParent || selector == nil && parent == nil else {
            throw .usage("--any-parent goes with neither --selector nor --parent")
        }
        guard parent != "" else { throw .usage("--parent is empty: \(hint)") }
        guard name != "" else { throw .usage("--name is empty: leave it out for a random one") }
        var block: IPPrefix?
        if let prefix { block = try IPPrefix(argument: prefix) }
        return Command.Request(
            namespace: namespace, name: name, family: family, prefix: block,
            prefixLength: length, addresses: addresses, parent: parent,
            selector: selector, anyParent: anyParent,
            parentStrategy: parentStrategy ?? .bestFit,
            labels: try Self.labels(labels), asPrefix: asPrefix)
    }

    /// What is asked for, in words: `a /26 of tier=public`.
    var wish: String {
        let size = length.map { "a /\($0)" } ?? prefix ?? addresses.map { "\($0) addresses" }
        let place = parent.map { " in \($0)" } ?? selector.map { " of \($0)" } ?? ""
        return (size ?? "a prefix") + place
    }

    private static func labels(_ words: [String]) throws(Failure) -> Labels {
        var labels: [String: String] = [:]
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
                throw .usage("--label \(word.quotedForMessage) is not k=v, as in tier=public")
            }
            guard !word.contains(",") else {
                let each = word.split(separator: ",").map { "--label \($0)" }
                throw .usage(
                    "--label \(word.quotedForMessage) is several: write "
                        + each.joined(separator: " "))
            }
            let key = String(word[..<sign])
            guard labels[key] == nil else { throw .usage("--label \(key) is given twice") }
            labels[key] = String(word[word.index(after: sign)...])
        }
        return Labels(labels)
    }
}
