internal import IPAM

/// Requests of a file, one a line: options as on the command line, or an object in JSON.
///
///     web-1
///     web-2 --length 28
///     --name web-3 --selector tier=public   # a comment
///     {"name": "web-4", "length": 26, "labels": {"app": "web"}}
///
/// What a line leaves out, the options of the command say.
struct BulkFile {
    struct Line {
        /// From 1.
        let number: Int
        let request: Command.Request
    }

    private(set) var lines: [Line] = []
    /// As the user named it, or `standard input`.
    let name: String

    /// Reads all lines; the first that makes no sense is an error that names it.
    ///
    /// `nextName` makes the name of a request that has none.
    init(
        _ file: ManifestFile, defaults: RequestTerms, namespace: String,
        nextName: () -> String = AllocationName.random
    ) throws(Failure) {
        name = file.name
        let texts = file.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, text) in texts.enumerated() {
            do throws(Failure) {
                guard let (terms, itsNamespace) = try Self.terms(text) else { continue }
                let whole = terms.completed(by: defaults)
                let request = try whole.command(
                    namespace: itsNamespace ?? namespace, name: whole.name ?? nextName())
                lines.append(Line(number: index + 1, request: request))
            } catch {
                throw error.at(line: index + 1, of: name)
            }
        }
    }

    /// What a line says; nothing if it is empty.
    private static func terms(
        _ text: Substring
    ) throws(Failure) -> (terms: RequestTerms, namespace: String?)? {
        let start = text.drop(while: \.isWhitespace)
        if start.first == "{" { return try RequestTerms.read(json: String(start)) }
        var words: [String]
        do throws(ShellWords.Fault) {
            words = try ShellWords(text).words
        } catch {
            throw .usage(error.sentence)
        }
        // A line of a batch will do as well.
        if words.first == "request" { words.removeFirst() }
        guard let first = words.first else { return nil }
        guard !first.hasPrefix("-") else { return try RequestTerms.read(words[...]) }
        var (terms, namespace) = try RequestTerms.read(words.dropFirst())
        guard terms.name == nil else { throw .usage("the name is given twice") }
        terms.name = first
        return (terms, namespace)
    }
}

extension RequestTerms {
    /// The same with what others say about what is left out here: how much, where from, and the
    /// rest, each for itself.
    func completed(by defaults: RequestTerms) -> RequestTerms {
        var terms = self
        if length == nil, prefix == nil, addresses == nil {
            terms.length = defaults.length
            terms.prefix = defaults.prefix
            terms.addresses = defaults.addresses
        }
        if selector == nil, parent == nil, !anyParent {
            terms.selector = defaults.selector
            terms.parent = defaults.parent
            terms.anyParent = defaults.anyParent
        }
        terms.parentStrategy = parentStrategy ?? defaults.parentStrategy
        terms.family = family ?? defaults.family
        terms.asPrefix = asPrefix || defaults.asPrefix
        let own = Set(labels.map { $0.prefix { $0 != "=" } })
        terms.labels = defaults.labels.filter { !own.contains($0.prefix { $0 != "=" }) } + labels
        return terms
    }

    /// The fields of an object in JSON; one that is not known is a fault.
    static func read(
        json text: String
    ) throws(Failure) -> (terms: RequestTerms, namespace: String?) {
        let value: DocumentValue
        do throws(ManifestFaults) {
            value = try ManifestReader.value(ofLine: text)
        } catch {
            throw .usage(error.faults.first?.fault.sentence ?? "it is no JSON")
        }
        guard case .map(let pairs) = value else { throw .usage("it is no object in JSON") }
        var fields = FieldCursor(pairs, path: "")
        var faults = FaultList()
        var terms = RequestTerms()
        terms.name = fields.text("name", &faults)
        let namespace = fields.text("namespace", &faults)
        let length = fields.integer("length", &faults)
        terms.prefix = fields.text("prefix", &faults)
        let addresses = fields.digits("addresses", &faults)
        terms.selector = fields.text("selector", &faults)
        terms.parent = fields.text("parent", &faults)
        terms.anyParent = fields.flag("anyParent", &faults) ?? false
        let strategy = fields.text("parentStrategy", &faults)
        let family = fields.text("family", &faults)
        terms.asPrefix = fields.flag("asPrefix", &faults) ?? false
        terms.labels = fields.labels("labels", &faults)?.pairs.map { "\($0.key)=\($0.value)" } ?? []
        faults.add(unknownFieldsOf: fields)
        if let fault = faults.faults.first?.fault {
            throw .usage("\(fault.path): \(fault.sentence)")
        }
        terms.length = try Self.value("length", length.map(String.init), UInt8.init)
        terms.addresses = try Self.value("addresses", addresses) {
            AddressesArgument(argument: $0)?.number
        }
        terms.parentStrategy = try Self.value("parentStrategy", strategy) {
            ParentStrategyArgument(argument: $0)?.strategy
        }
        terms.family = try Self.value("family", family) { FamilyArgument(argument: $0)?.family }
        return (terms, namespace)
    }

    private static func value<Value>(
        _ name: String, _ text: String?, _ read: (String) -> Value?
    ) throws(Failure) -> Value? {
        guard let text else { return nil }
        guard let value = read(text) else {
            throw .usage("\(name): \(text.quotedForMessage) is invalid")
        }
        return value
    }
}
