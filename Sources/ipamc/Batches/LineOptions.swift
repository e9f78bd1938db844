internal import ArgumentParser
internal import IPAM

/// The options of one line of a batch, as the command line has them.
///
/// The parser of the command line would know them too, and take hundreds of times as long for
/// each line, of which there may be thousands.
struct LineOptions {
    /// What stands alone.
    private(set) var words: [String] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []

    /// Reads the words behind the verb; `options` take a value, `flags` do not, `short` are other
    /// names for some of them.
    init(
        _ arguments: ArraySlice<String>, options: Set<String>, flags known: Set<String>,
        short: [String: String]
    ) throws(Failure) {
        var rest = arguments
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                words.append(word)
                continue
            }
            if word == "--" {
                words += rest
                return
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = short[String(parts[0])] ?? String(parts[0])
            if known.contains(name), parts.count == 1 {
                flags.insert(name)
            } else if options.contains(name) {
                let value = parts.count == 2 ? String(parts[1]) : rest.popFirst()
                guard let value, parts.count == 2 || !value.hasPrefix("-") else {
                    throw .usage("\(name) needs a value")
                }
                values[name, default: []].append(value)
            } else {
                let all = options.union(known)
                let names = all.sorted().joined(separator: ", ")
                var failure = Failure.usage(
                    "\(word.quotedForMessage) is not known here; there are \(names)")
                failure.hints = Nearness.question(name, among: all).map { [$0] } ?? []
                throw failure
            }
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func all(_ option: String) -> [String] { values[option] ?? [] }

    /// The value of an option; of several the last, as on the command line.
    func text(_ option: String) -> String? { values[option]?.last }

    /// The same as something else than a text.
    func value<Value: ExpressibleByArgument>(_ option: String) throws(Failure) -> Value? {
        guard let text = text(option) else { return nil }
        guard let value = Value(argument: text) else {
            throw .usage("\(option): \(text.quotedForMessage) is invalid")
        }
        return value
    }
}

extension RequestTerms {
    private static let options: Set = [
        "--length", "--prefix", "--addresses", "--selector", "--parent", "--parent-strategy",
        "--family", "--name", "--label", "--namespace",
    ]

    /// The words of a line, and the namespace if it names one.
    static func read(
        _ arguments: ArraySlice<String>
    ) throws(Failure) -> (terms: RequestTerms, namespace: String?) {
        let line = try LineOptions(
            arguments, options: options, flags: ["--any-parent", "--as-prefix"],
            short: ["-n": "--namespace"])
        if let word = line.words.first {
            throw .usage("\(word.quotedForMessage) is one word too many")
        }
        let addresses: AddressesArgument? = try line.value("--addresses")
        let strategy: ParentStrategyArgument? = try line.value("--parent-strategy")
        let family: FamilyArgument? = try line.value("--family")
        let terms = RequestTerms(
            length: try line.value("--length"), prefix: line.text("--prefix"),
            addresses: addresses?.number, selector: line.text("--selector"),
            parent: line.text("--parent"), anyParent: line.has("--any-parent"),
            parentStrategy: strategy?.strategy, family: family?.family,
            name: line.text("--name"), labels: line.all("--label"),
            asPrefix: line.has("--as-prefix"))
        return (terms, line.text("--namespace"))
    }
}

extension ReleaseTerms {
    private static let options: Set = ["--selector", "--parent", "--namespace"]

    /// The words of a line, and the namespace if it names one.
    static func read(
        _ arguments: ArraySlice<String>
    ) throws(Failure) -> (terms: ReleaseTerms, namespace: String?) {
        let line = try LineOptions(
            arguments, options: options, flags: ["--ignore-not-found"],
            short: ["-n": "--namespace", "-l": "--selector"])
        let terms = ReleaseTerms(
            targets: line.words, selector: line.text("--selector"),
            parent: line.text("--parent"), ignoreNotFound: line.has("--ignore-not-found"))
        return (terms, line.text("--namespace"))
    }
}
