import IPAM

/// The words behind a name: a bare one, and pairs of a word and its value.
struct Arguments {
    var bare: String?
    private var values: [String: String] = [:]

    init(_ words: some Collection<String>) {
        var words = Array(words)
        if words.count % 2 == 1 { bare = words.removeFirst() }
        for index in stride(from: 0, to: words.count, by: 2) {
            values[words[index]] = words[index + 1]
        }
    }

    subscript(word: String) -> String? { values[word] }

    var prefix: IPPrefix? { values["prefix"].flatMap(IPAMEngineTests.prefix) }

    var selector: Selector? {
        values["select"].map { Selector(matchLabels: $0 == "{}" ? [:] : labelled($0)) }
    }
}

extension Arguments {
    func request(_ name: String) -> Command.Request {
        Command.Request(
            name: name, family: self["family"].flatMap(IPFamily.init), prefix: prefix,
            prefixLength: self["length"].flatMap(UInt8.init),
            addresses: self["addresses"].flatMap { UInt128($0) }, parent: self["from"],
            selector: selector, anyParent: self["any"] != nil,
            parentStrategy: self["spread"] == nil ? .bestFit : .emptiest,
            asPrefix: self["divide"] != nil,
            waitMilliseconds: self["wait"].flatMap(UInt32.init))
    }

    /// The policy, if the line says something of one.
    var policy: Manifest.Policy? {
        func list(_ word: String) -> [String] {
            self[word]?.split(separator: ",").map(String.init) ?? []
        }
        var policy = Manifest.Policy()
        policy.strategy = self["strategy"]
        policy.minPrefixLength = self["min"].flatMap { Int64($0) }
        policy.maxPrefixLength = self["max"].flatMap { Int64($0) }
        policy.defaultPrefixLength = self["default"].flatMap { Int64($0) }
        policy.reserved = list("reserved")
        policy.excluded = list("excluded")
        policy.excludeNetworkAndBroadcast = self["ends"] != nil
        policy.quota = self["quota"]
        policy.quotaPerOwner = self["each"]
        policy.ownerOnly = self["owner"] != nil
        return policy == Manifest.Policy() ? nil : policy
    }
}

func prefix(_ text: String) -> IPPrefix? {
    do throws(IPPrefixError) { return try IPPrefix(text) } catch { return nil }
}

func labelled(_ text: String) -> Labels {
    let pairs = text.split(separator: ",").map { $0.split(separator: "=").map(String.init) }
    return Labels(Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }))
}
