internal import IPAM

extension HelpPage {
    static let ofTheRequest = [
        HelpPage(
            .malformed, "the request cannot be read, or its fields do not go together",
            """
            ipamc does not send such a thing, so this is a client of your own, a daemon of
            another release, or a mistake of ours. The sentence names the field.
            """,
            ["ipamc version": "which ipamc this is", "ipamc status": "which daemon that is"]),
        HelpPage(
            .unknownOpcode, "the daemon does not know this request",
            """
            The daemon is older than the client. An upgrade restarts it behind its socket, and
            clients lose nothing.
            """,
            ["ipamc version": "which ipamc this is", "ipamc status": "which daemon that is"]),
        HelpPage(
            .unknownField, "a field is not known, and may not be passed over",
            """
            In a manifest: a misspelt field, or one of another kind; the message names it, and
            the fields that there are. From a client: it asks for something that this daemon is
            too old for. Nothing is passed over in silence, for then you would get something
            else than you asked for.
            """,
            ["ipamc get prefix/NAME -o yaml": "an object with its fields, as they are spelt"]),
        HelpPage(
            .tooLarge, "there are more items in one command than the daemon takes",
            """
            One command is one change, all or none, and so has a size. 10000 documents, names or
            lines are the most, and 4 MiB of them. Make it several commands.
            """,
            [
                "ipamc import FILE": "takes any number, and makes as many commands as it needs",
                "ipamc request -f FILE": "asks for any number, each for itself",
            ]),
        HelpPage(
            .invalid, "a value breaks a rule",
            """
            Each line names the file, the document, the field and what is wrong with it: it is
            required, invalid, not supported, forbidden here, or immutable (it was set before and
            stays). All faults of all documents come at once, and nothing was applied.
            """,
            [
                "ipamc apply -f FILE --dry-run": "checks without a change",
                "ipamc get prefix/NAME -o yaml": "what was set before",
            ]),
        HelpPage(
            .unknownKind, "the kind is neither Prefix nor PrefixAllocation",
            """
            A manifest has the apiVersion ipam.ironcore.dev/v1alpha1 (or
            ipam.OpenKCM.dev/v1alpha1) and the kind Prefix or PrefixAllocation. Other kinds are
            not passed over, for they may be misspelt ones.
            """),
        HelpPage(
            .invalidPrefix, "the text is no prefix",
            """
            A prefix is an address and a length, and has no bits behind the length: 10.0.0.0/26,
            but not 10.0.0.1/26. The message says which prefix has that address in it.
            """),
        HelpPage(
            .emptySelector, "the selector is empty, and would match everything",
            """
            Think of a shell variable that was not set: --selector "$LABELS". Who means that any
            Prefix will do says so.
            """,
            ["ipamc request --length 26 --any-parent": "takes any Prefix of the family"]),
        HelpPage(
            .notPermitted, "your user may not do this",
            """
            The kernel tells the daemon who you are. Root and the group ipam-admin may do
            everything; the group ipam requests and releases; ipam-monitor reads. Membership
            counts from the next log-in on: log in again after you were added.
            """,
            [
                "id": "the groups that you have now",
                "sudo usermod --append --groups ipam USER": "lets USER request and release",
                "sudo usermod --append --groups ipam-admin USER": "lets USER do everything",
            ]),
    ]

    static let ofNames = [
        HelpPage(
            .unknownNamespace, "there is no such namespace, or none that you may use",
            """
            A namespace exists while there is an object in it, or a rule for it. An
            administrator's first apply into it makes it. One that is limited to others looks as
            if it did not exist.
            """,
            [
                "ipamc access": "the namespaces that you may use",
                "ipamc get prefixes -A": "what there is, in all of them",
            ]),
        HelpPage(
            .notFound, "there is no such object",
            """
            The name is misspelt, the object is in another namespace, or it has been released
            already. Agents see their own allocations alone.
            """,
            [
                "ipamc get alloc -A": "every allocation that you see",
                "ipamc who 10.0.0.7": "who has an address",
                "ipamc release NAME --ignore-not-found": "does not mind if it is gone",
                "ipamc log --name NAME": "what became of it",
            ]),
        HelpPage(
            .nameConflict, "the name is yours, and stands for another request",
            """
            The name is what makes it safe to ask again: the same name and the same request have
            the same answer. This one was used for something else; the message shows the
            difference. Take another name, or release the old allocation first.
            """,
            [
                "ipamc describe alloc NAME": "what it stands for",
                "ipamc release NAME": "makes the name free",
            ]),
        HelpPage(
            .nameTaken, "the name is somebody else's",
            """
            Names are unique in a namespace, whoever owns them. Take another one, or leave
            --name out for a random one.
            """),
        HelpPage(
            .versionConflict, "somebody has changed the object meanwhile",
            """
            A resourceVersion in a manifest is a condition: apply only if nobody has changed the
            object since. Somebody has. Get it again and make your change anew; or leave the field
            out, if the last one shall win.
            """,
            ["ipamc get prefix/NAME -o yaml": "the object as it is now"]),
        HelpPage(
            .ambiguous, "the prefix is that of several allocations",
            """
            Roots may overlap, so the same prefix can be given out in two of them. The message
            names the allocations: say which by its name, or by its parent.
            """,
            [
                "ipamc who PREFIX": "who has it, root by root",
                "ipamc release PREFIX --parent NAME": "decides",
            ]),
        HelpPage(
            .controlled, "a Prefix owns this allocation",
            """
            A child Prefix gets its space by an allocation of its own, which ends with it. Change
            or delete the Prefix; the message names it.
            """,
            ["ipamc delete prefix NAME": "ends both"]),
        HelpPage(
            .inUse, "the Prefix still has allocations in it",
            """
            A Prefix goes when nothing is left in it. The message names what is there, at most
            ten of them.
            """,
            [
                "ipamc tree NAME": "all that is in it",
                "ipamc release -l SELECTOR": "ends many at a time",
                "ipamc delete -f FILE": "deletes a tree: parents and children together",
            ]),
    ]
}
