internal import IPAM

extension HelpPage {
    static let ofTheDaemon = [
        HelpPage(
            .busy, "too much waits already",
            """
            The daemon bounds what waits, in all and for each user, so that nobody can fill its
            memory. Nothing was changed: ask again a little later, with fewer at a time.
            """,
            ["ipamc status": "how much waits, and how many clients there are"]),
        HelpPage(
            .shuttingDown, "the daemon is about to end",
            """
            It was stopped or is being upgraded. Nothing was changed. Behind its socket it is
            back in a moment: ask again.
            """,
            ["systemctl status ipamd": "what it is doing"]),
        HelpPage(
            .storageFull, "there is no room for the change on the disk",
            """
            Room is reserved before anything is decided, so nothing was changed. Reading and
            releasing go on. Make room on the file system that holds the state directory.
            """,
            [
                "ipamc status": "the mode, and where the state is",
                "df -h /var/lib/ipamd": "how full the disk is",
            ]),
        HelpPage(
            .storageFailed, "the disk cannot be written",
            """
            A write failed, and nothing was changed. The daemon serves what it knows and changes
            nothing more. The journal has what the system said.
            """,
            [
                "ipamc status": "the mode",
                "journalctl -x -u ipamd": "what happened, and what to do",
            ]),
        HelpPage(
            .stateDamaged, "the stored state is damaged",
            """
            What is in the state directory does not agree with its check values, so nothing is
            served: what is wrong could be handed out twice. The message names file and offset.
            """,
            [
                "ipamd check --state /var/lib/ipamd": "every damage",
                "ipamd restore BACKUP": "makes a state directory of a backup",
            ]),
        HelpPage(
            .outcomeUnknown, "the request left, and there is no answer",
            """
            The daemon, or the connection, ended in between. It may have been done or not. The
            message prints the command that asks again, with the same name: that gives the answer
            that was missed, or does what was not done. Nothing is ever handed out twice by it.
            """,
            ["ipamc request --name NAME ...": "the command that was printed"]),
        HelpPage(
            .cancelled, "the client gave the request up while it waited",
            """
            Nothing was changed.
            """),
        HelpPage(
            .compacted, "what happened since that position is not known any more",
            """
            The daemon keeps the last changes alone. List again, and watch from there: get
            --watch does both by itself.
            """,
            ["ipamc get alloc --watch": "lists, and then shows each change"]),
        HelpPage(
            .userLimit, "you have as many allocations as one user may have",
            """
            Whoever runs the daemon has limited the allocations of one user, so that one of them
            cannot fill it. Release what you do not use.
            """,
            ["ipamc get alloc": "what you hold"]),
    ]

    static let ofTheCommandLine = [
        HelpPage(
            "input", .usage, "a file cannot be read",
            """
            The message names the file and says what the system said.
            """),
        HelpPage(
            "file", .refused, "a file cannot be written",
            """
            The message names the file and says what the system said. What was begun has been
            removed.
            """),
        HelpPage(
            "unreachable", .unreachable, "there is no daemon at the socket",
            """
            The message names the socket and says whether it is absent, closed to your user, or
            has no daemon behind it, and how to start one.
            """,
            [
                "systemctl status ipamd.socket ipamd": "whether it runs",
                "sudo systemctl enable --now ipamd.socket": "starts it, now and at boot",
                "ipamc --socket PATH status": "asks at another socket",
            ]),
        HelpPage(
            "nothing_changed", .nothingChanged, "no connection, or it ended too early",
            """
            The request did not reach the daemon, or the daemon said that it did nothing. Ask
            again; with a longer --timeout, if the machine is busy.
            """),
        HelpPage(
            "pending", .nothingChanged, "what was applied is not Allocated in time",
            """
            apply --wait only looks: what was applied stays, and gets its space when there is
            room. The message says what each object waits for.
            """,
            ["ipamc describe prefix NAME": "why it waits"]),
        HelpPage(
            "conflict", .refused, "what is to be imported does not go with what there is",
            """
            The report names each record and what is in its way. Nothing was imported, unless
            --skip-conflicts was given.
            """,
            ["ipamc who PREFIX": "who has it"]),
        HelpPage(
            "label_exists", .refused, "the object has this label with another value",
            """
            ipamc label changes the value of a label only if it is told so, since somebody may
            select by the old one. Nothing was changed, of none of the objects.
            """,
            ["ipamc label prefix NAME k=v --overwrite": "changes it"]),
        HelpPage(
            "violated", .refused, "an invariant of the daemon does not hold",
            """
            This must never be. Keep the state directory, and report it.
            """,
            ["ipamc backup FILE": "keeps the state as it is"]),
        HelpPage(
            "state_went_back", .refused, "the daemon has lost what it had acknowledged",
            """
            Its state is older than what it had said to be durable: files were copied back, or a
            machine was rolled back. Prefixes may be handed out twice. Stop it, and restore the
            newest backup.
            """,
            ["ipamd restore BACKUP": "makes a state that knows that it is old"]),
        HelpPage(
            "not_quarantined", .refused, "there is nothing to reconcile",
            """
            Only a restored state is in quarantine.
            """,
            ["ipamc status": "the mode"]),
        HelpPage(
            "journal", .unreachable, "the journal of the machine cannot be read",
            """
            ipamc log asks journalctl. The message says what that said. Who is not root needs the
            group systemd-journal to read the entries of the daemon.
            """,
            ["journalctl -u ipamd": "asks it directly"]),
        HelpPage(
            "protocol", .ourMistake, "the daemon answered something that makes no sense",
            """
            The two are of releases that do not go together, or one of them is wrong.
            """,
            ["ipamc version": "which ipamc this is", "ipamc status": "which daemon that is"]),
    ]
}
