internal import IPAM

/// The objects that the words of a command name, for hints when they are not there.
struct Mentioned {
    var groups: [ResourceWords.Group] = []
    var blocks: [IPPrefix] = []
    /// The labels of the objects of the first group.
    var selector: Selector?
    var parent: String?
    /// Where the space shall come from.
    var parentSelector: Selector?
    var family: IPFamily?
    var length: UInt8?
    /// Absent: that of the global option.
    var namespace: String?

    init() {}

    init(_ kind: ResourceKind, _ names: [String]) {
        groups = [ResourceWords.Group(kind: kind, names: names)]
    }

    /// What cannot be read has been refused before anybody was asked.
    init(words: [String]) {
        do throws(Failure) {
            groups = try ResourceWords(words).groups
        } catch {
            groups = []
        }
    }

    init(_ terms: RequestTerms) {
        parent = terms.parent
        family = terms.family
        length = terms.length
        do throws(Failure) {
            parentSelector = try Selector.option(terms.selector, "--selector", hint: "")
        } catch {
            parentSelector = nil
        }
    }

    init(_ terms: ReleaseTerms) {
        parent = terms.parent
        do throws(Failure) {
            let release = try terms.command(namespace: "")
            blocks = release.blocks
            selector = release.selector
            groups = [ResourceWords.Group(kind: .prefixAllocation, names: release.names)]
        } catch {
            groups = []
        }
    }
}

extension IpamcCommand {
    /// Nothing, unless the command says otherwise.
    var mentioned: Mentioned { Mentioned() }
}

extension GetCommand {
    var mentioned: Mentioned { Mentioned(words: words) }
}

extension DescribeCommand {
    var mentioned: Mentioned { Mentioned(words: words) }
}

extension DeleteCommand {
    var mentioned: Mentioned { Mentioned(words: words) }
}

extension RequestCommand {
    var mentioned: Mentioned { Mentioned(words.terms) }
}

extension ExplainCommand {
    var mentioned: Mentioned { Mentioned(words.terms) }
}

extension ReleaseCommand {
    var mentioned: Mentioned { Mentioned(words.terms) }
}

extension TreeCommand {
    var mentioned: Mentioned { Mentioned(.prefix, name.map { [$0] } ?? []) }
}

extension MapCommand {
    /// A prefix has a slash, and no hint is known for one.
    var mentioned: Mentioned {
        let name = ResourceWords.slashed(target)?.name ?? target
        return name.contains("/") ? Mentioned() : Mentioned(.prefix, [name])
    }
}

extension AccessCommand {
    var mentioned: Mentioned {
        var mentioned = Mentioned()
        mentioned.namespace = target
        return mentioned
    }
}

extension UsageCommand {
    var mentioned: Mentioned { Mentioned(.prefix, names) }
}
