internal import ArgumentParser
internal import Glibc
internal import IPAM
internal import IPAMClient

/// `ipamc request`: one allocation, now or within a time. Prints the prefix and nothing else.
struct RequestCommand: IpamcCommand {
    static let configuration = CommandConfiguration(
        of: .request,
        abstract: "Ask for one allocation; prints its prefix.",
        discussion: """
            The name makes it safe to ask again: the same name and the same request have the \
            same answer. Without --name there is a random one.

            Without --length, --prefix and --addresses it has the default length of the parent.

            With -f many are asked, each for itself (ipamc batch makes them one change). A line \
            is a name with options, options alone, or an object in JSON; what it leaves out, the \
            options here say. The answers come in the order of the lines, - for one that was \
            refused:

              printf '%s\\n' web-1 web-2 'db-1 --length 24' |
                ipamc request -f - --length 26 --selector tier=public

            In JSON: {"name":"web-1","length":26,"selector":"tier=public"}, with namespace, \
            prefix, addresses, parent, anyParent, parentStrategy, family, labels and asPrefix.
            """)

    @OptionGroup var options: GlobalOptions

    @OptionGroup var words: RequestWords

    @Option(
        help: ArgumentHelp(
            "How long to wait for room, as in 30s (--timeout is added).", valueName: "duration"))
    var wait: TimeSpan?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp(
            "Many requests of a file, one a line, or - for standard input.", valueName: "file"),
        completion: .file())
    var file: String?

    @Flag(help: "Say which prefix it would be, and change nothing.")
    var dryRun = false

    func run() throws {
        if let file { return try runMany(file) }
        let name = words.name ?? AllocationName.random()
        let request = try command(name: name)
        let reply =
            if let wait {
                try ask(request, waiting: wait, again: again(name))
            } else {
                try ask(request, again: again(name))
            }
        try write(reply)
    }

    /// What is asked for, or why the words make no sense together.
    func command(name: String) throws(Failure) -> Command.Request {
        var request = try words.terms.command(namespace: options.namespace, name: name)
        request.waitMilliseconds = wait.map { UInt32(clamping: $0.milliseconds) }
        request.isDryRun = dryRun
        return request
    }

    /// Asks; if the daemon stops and says that it did nothing, once more of the one that comes
    /// after it, until the timeout is over.
    private func ask(
        _ request: Command.Request, again: [String]
    ) throws(Failure) -> Answered<Answer.Allocated> {
        let end = ContinuousClock.now + options.timeout.duration
        var farewell: Failure?
        while true {
            let left = ContinuousClock.now.duration(to: end)
            do throws(ClientError) {
                var client = try options.connection(timeout: left)
                return try client.request(request)
            } catch {
                // A daemon that was never there is not on its way back.
                let mayPass = error.isFarewell || farewell != nil && error.isAbsence
                let last = farewell ?? Failure(error, again: again)
                guard mayPass else { throw Failure(error, again: again) }
                guard ContinuousClock.now + Self.pause < end else { throw last }
                farewell = last
            }
            usleep(UInt32(Self.pause / .microseconds(1)))
        }
    }

    /// Between two attempts to ask a daemon that is on its way back.
    private static let pause = Duration.milliseconds(50)

    /// Asks and waits, once more of each daemon that comes after one that stopped.
    ///
    /// The name is the same, so the answer is too if an earlier daemon had found a place.
    private func ask(
        _ request: Command.Request, waiting wait: TimeSpan, again: [String]
    ) throws(Failure) -> Answered<Answer.Allocated> {
        let line = LiveLine("waiting for \(words.terms.wish)", atMost: wait)
        defer { line.end() }
        var client = try options.connect()
        let end = ContinuousClock.now + wait.duration
        var unknown: Failure?
        var request = request
        while true {
            let last: Failure
            do throws(ClientError) {
                return try client.request(request)
            } catch {
                last = Failure(error, again: again)
                guard error.isLostConnection else { throw last }
            }
            // Once it may have been done, nobody but a daemon can say that it was not.
            if last.status == .outcomeUnknown { unknown = last }
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { throw unknown ?? last }
            do throws(Failure) {
                client = try options.reconnect(by: end + options.timeout.duration)
            } catch {
                // That it was there and ended says more than that it is not there now.
                throw unknown ?? (error.status == .unreachable ? last : error)
            }
            let rest = ContinuousClock.now.duration(to: end) / .milliseconds(1)
            request.waitMilliseconds = rest >= 1 ? UInt32(rest) : nil
        }
    }

    /// The words of the command that asks for the same again, with the same name.
    private func again(_ name: String) -> [String] {
        Array(CommandLine.arguments.dropFirst()) + (words.name == nil ? ["--name", name] : [])
    }

    private func write(_ reply: Answered<Answer.Allocated>) throws {
        let resource = reply.value.resource
        if let format = options.output.structured {
            try options.write(RequestReport(reply.value, lsn: reply.lsn), as: format)
        } else if options.output == .name {
            options.write("\(resource.key)\n")
        } else {
            guard let block = resource.placement?.block else {
                throw Failure(.ourMistake, "protocol", "the daemon's answer has no prefix")
            }
            options.write("\(block)\n")
        }
    }
}

/// What came of a request, for machines: the object under the name of its kind.
struct RequestReport: Encodable {
    let created: Bool
    let lsn: UInt64?
    let prefix: ResourceDocument?
    let prefixAllocation: ResourceDocument?

    init(_ allocated: Answer.Allocated, lsn: UInt64?) {
        let document = ResourceDocument(Answer.Listed.Item(resource: allocated.resource))
        created = allocated.isCreated
        self.lsn = lsn
        switch allocated.resource.key.kind {
        case .prefix: (prefix, prefixAllocation) = (document, nil)
        case .prefixAllocation: (prefix, prefixAllocation) = (nil, document)
        }
    }
}
