internal import IPAM

extension HelpPage {
    static let ofPlacement = [
        HelpPage(
            .noSuitableParent, "the selector matches no Prefix that is larger than the request",
            """
            Either no Allocated Prefix of the family has these labels, or all that have them are
            as small as what you ask for, or smaller. The message says which of the two. Without
            --family a selector means IPv4.
            """,
            [
                "ipamc get prefixes -o wide": "Prefixes with their labels",
                "ipamc explain ...": "what each parent says to the request",
                "ipamc request ... --family IPv6": "if you meant that",
            ]),
        HelpPage(
            .noRoom, "no suitable parent has a free block of that length",
            """
            There may be as many free addresses as you want, but in smaller blocks: the message
            names the largest free one. Ask for less, release what is not used, add a Prefix with
            the same labels, or wait for room.
            """,
            [
                "ipamc usage": "what is free, and the largest free block",
                "ipamc explain ...": "what each parent says to the request",
                "ipamc request ... --wait 5m": "waits, and gets the first room that there is",
                "ipamc get alloc -o wide": "who holds what",
            ]),
        HelpPage(
            .parentNotFound, "there is no such parent",
            """
            No Prefix of that name is in the namespace of the request. A parent and what is in it
            are always of one namespace.
            """,
            ["ipamc get prefixes -A": "every Prefix, with its namespace"]),
        HelpPage(
            .parentNotAllocated, "the parent has no block of its own yet",
            """
            The parent is a child that is Pending or has Failed. It gives out space once it has
            some.
            """,
            ["ipamc describe prefix NAME": "why it is not Allocated"]),
        HelpPage(
            .parentNotSelected, "the named parent lacks the labels that the selector asks for",
            """
            With both --parent and --selector the parent has to have the labels. Leave one of the
            two out, or label the parent.
            """,
            ["ipamc label prefix NAME tier=public": "gives it a label"]),
        HelpPage(
            .otherFamily, "the parent has the other IP family",
            """
            IPv4 space cannot come out of an IPv6 Prefix, nor the other way round. Without
            --family the family is that of --prefix, else that of the parent, else IPv4.
            """,
            ["ipamc request ... --family IPv6": "asks for the other one"]),
        HelpPage(
            .requestTooLarge, "the request is as large as the parent, or larger",
            """
            What is given out of a Prefix is smaller than it: out of a /24 comes a /25 at most.
            A greater length is a smaller block.
            """,
            ["ipamc get prefixes": "how large each of them is"]),
        HelpPage(
            .outsideParent, "the wanted prefix is not in the parent",
            """
            With --prefix you name the very block. It has to lie in the parent that you name, or
            in one that the selector matches.
            """,
            [
                "ipamc who PREFIX": "in which Prefixes it lies",
                "ipamc tree": "what lies in what",
            ]),
        HelpPage(
            .lengthNotAllowed, "the parent does not give out blocks of that length",
            """
            Its policy has a shortest and a longest length (spec.policy.minPrefixLength and
            maxPrefixLength).
            """,
            [
                "ipamc describe prefix NAME": "the policy",
                "ipamc request --selector ...": "without a length: the parent's default",
            ]),
        HelpPage(
            .excluded, "the parent excludes addresses of the wanted prefix",
            """
            Its policy holds them back for good (spec.policy.excluded, or the network and the
            broadcast address). What is only reserved is given to who names the very prefix.
            """,
            ["ipamc describe prefix NAME": "the policy"]),
        HelpPage(
            .quotaReached, "the parent's quota, or yours in it, would be exceeded",
            """
            A policy may limit what is allocated in all (quota) and to each user (quotaPerOwner).
            Release what you do not use, or ask whoever runs this for more.
            """,
            [
                "ipamc describe prefix NAME": "the quota, and what is used",
                "ipamc get alloc -o wide": "what you hold",
            ]),
        HelpPage(
            .ownerOnly, "the parent serves only its owner",
            """
            Its policy says ownerOnly; so does what request --as-prefix makes. Its owner can ask,
            or an administrator change the policy.
            """,
            ["ipamc describe prefix NAME": "who owns it"]),
        HelpPage(
            .quarantined, "the state was restored, and nothing new is handed out yet",
            """
            A backup is old: what was handed out since is not in it. Until an administrator has
            compared, only those get something who ask for the very prefix that they hold.
            """,
            [
                "ipamc request --name N --prefix P --parent R": "claims again what you hold",
                "sudo ipamc reconcile --live FILE": "says what still lives, and ends it",
                "sudo ipamc reconcile --accept": "takes the state as it is",
            ]),
    ]
}
