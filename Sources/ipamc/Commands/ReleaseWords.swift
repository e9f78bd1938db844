internal import ArgumentParser
internal import IPAM

/// What `release` says about the allocations that shall end.
struct ReleaseWords: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Names, or prefixes: what has a / or a : is a prefix.", valueName: "name|prefix"),
        completion: .allocations)
    var targets: [String] = []

    @Option(
        name: [.customShort("l"), .customLong("selector")],
        help: "Every allocation with these labels.",
        completion: .selector(of: .prefixAllocation))
    var selector: String?

    @Option(
        help: "Decides between the same prefix in overlapping roots.", completion: .prefixes)
    var parent: String?

    @Flag(help: "What is not there is released already.")
    var ignoreNotFound = false

    var terms: ReleaseTerms {
        ReleaseTerms(
            targets: targets, selector: selector, parent: parent, ignoreNotFound: ignoreNotFound)
    }
}
