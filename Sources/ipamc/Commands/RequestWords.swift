internal import ArgumentParser
internal import IPAM

/// What `request` and `explain` say about the space that is wanted.
struct RequestWords: ParsableArguments {
    @Option(help: "The prefix length that is wanted, as in 26 (default: the parent's default).")
    var length: UInt8?

    @Option(help: "The very prefix that is wanted, as in 10.0.0.0/26.")
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "The smallest prefix with at least so many addresses is wanted.", valueName: "n"))
    var addresses: AddressesArgument?

    @Option(
        help: "The labels of the parent, as in tier=public,zone in (a,b).",
        completion: .selector(of: .prefix))
    var selector: String?

    @Option(help: "The name of the parent.", completion: .prefixes)
    var parent: String?

    @Flag(help: "Any Prefix of the family will do.")
    var anyParent = false

    @Option(
        help: ArgumentHelp(
            "Which of several parents: best-fit, where the smallest sufficient block is free, or "
                + "emptiest.", valueName: "strategy"),
        completion: .list(ParentStrategyArgument.allValueStrings))
    var parentStrategy: ParentStrategyArgument?

    @Option(
        help: "IPv4 or IPv6 (default: the parent's, else IPv4).",
        completion: .list(FamilyArgument.allValueStrings))
    var family: FamilyArgument?

    @Option(help: "The name of the allocation.")
    var name: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("A label of the allocation; may be repeated.", valueName: "k=v"),
        completion: .labels(of: .prefixAllocation))
    var labels: [String] = []

    @Flag(help: "Make a child Prefix, which you alone can divide further.")
    var asPrefix = false

    var terms: RequestTerms {
        RequestTerms(
            length: length, prefix: prefix, addresses: addresses?.number, selector: selector,
            parent: parent, anyParent: anyParent, parentStrategy: parentStrategy?.strategy,
            family: family?.family, name: name, labels: labels, asPrefix: asPrefix)
    }
}

/// A number of addresses as an argument: decimal digits.
struct AddressesArgument: ExpressibleByArgument {
    let number: UInt128

    init?(argument: String) {
        guard argument.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt128(argument)
        else { return nil }
        self.number = number
    }
}

/// How to choose between parents, as an argument: `best-fit` or `emptiest`; a manifest's spelling
/// will do too.
struct ParentStrategyArgument: ExpressibleByArgument {
    let strategy: ParentStrategy

    init?(argument: String) {
        switch argument.lowercased() {
        case "best-fit", "bestfit": strategy = .bestFit
        case "emptiest": strategy = .emptiest
        default: return nil
        }
    }

    static var allValueStrings: [String] { ["best-fit", "emptiest"] }
}

/// An IP family as an argument: `IPv4` or `IPv6`, in any case.
struct FamilyArgument: ExpressibleByArgument {
    let family: IPFamily

    init?(argument: String) {
        switch argument.lowercased() {
        case "ipv4": family = .ipv4
        case "ipv6": family = .ipv6
        default: return nil
        }
    }

    static var allValueStrings: [String] { IPFamily.allCases.map(\.description) }
}

/// Names for allocations whose user does not care.
enum AllocationName {
    /// `alloc-` and 128 random bits in base32 (RFC 4648 section 6, lower case, no padding).
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return name(UInt128(generator.next()) << 64 | UInt128(generator.next()))
    }

    /// The first digit stands for the highest five bits; the last has two bits of zeros below.
    static func name(_ number: UInt128) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let digits = (0..<26).map { place -> Character in
            let shift = 123 - 5 * place
            let bits = shift >= 0 ? number >> UInt128(shift) : number << UInt128(-shift)
            return alphabet[Int(bits & 31)]
        }
        return "alloc-" + String(digits)
    }
}
