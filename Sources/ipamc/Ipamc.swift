internal import ArgumentParser
internal import Glibc

/// The command line of ipamd, for people and scripts.
@main
struct Ipamc: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ipamc",
        abstract: "Asks the address management daemon of this machine.",
        discussion: """
            Exit status: 0 done, 1 refused, 64 usage, 69 daemon not reachable, 70 a mistake of \
            ours, 74 outcome unknown, 75 certainly nothing changed, 77 not permitted.

            What is refused has a code, as in "ipamc: no_room: ...": ipamc help no_room says what \
            it means and what to do. ipamc help codes lists them.
            """,
        subcommands: CommandName.allCases.map(\.type))

    /// Runs the command and ends the process with the exit status that the contract names.
    static func main() {
        // A reader that went away ends us quietly, whatever our parent ignored.
        signal(SIGPIPE, SIG_DFL)
        var arguments = GlobalOptions.behindSubcommand(Array(CommandLine.arguments.dropFirst()))
        // The parser's own option would be one of each command too.
        if arguments == ["--version"] { arguments = [CommandName.version.rawValue] }
        var output = OutputFormat.table
        var ours: (any IpamcCommand)?
        do {
            if let page = HelpPage.asked(arguments) { return StandardStreams.write(page) }
            if let script = CompletionScript.asked(arguments) {
                return StandardStreams.write(script)
            }
            ours = parsedAlone(arguments)
            if ours == nil {
                if let failure = unknownCommand(arguments) { throw failure }
                var command = try parseAsRoot(arguments)
                ours = command as? any IpamcCommand
                if ours == nil { return try command.run() }
            }
            guard var command = ours else { return }
            output = command.options.output
            try type(of: command).check(output)
            try command.run()
        } catch let failure as Failure {
            let whole = ours.map { Hints($0.mentioned, $0.options).completing(failure) } ?? failure
            StandardStreams.write(whole.text(output), to: STDERR_FILENO)
            Glibc.exit(failure.status.rawValue)
        } catch {
            guard let fault = ParserFault(error, arguments) else { exit(withError: error) }
            StandardStreams.write(fault.failure.text(fault.output), to: STDERR_FILENO)
            Glibc.exit(fault.failure.status.rawValue)
        }
    }

    /// The command, parsed as if there were no other: the parser looks at every command on the
    /// way to one, and that is most of what a short run takes.
    ///
    /// Nothing, if that is not all there is to it: somebody wants help, or made a mistake. The
    /// parser of the whole says that then, with the names of all commands.
    static func parsedAlone(_ arguments: [String]) -> (any IpamcCommand)? {
        guard let command = arguments.first.flatMap(CommandName.named) else {
            return nil
        }
        return command.type.parsedAlone(Array(arguments.dropFirst()))
    }
}

extension IpamcCommand {
    fileprivate static func parsedAlone(_ arguments: [String]) -> (any IpamcCommand)? {
        do {
            return try parseAsRoot(arguments) as? Self
        } catch {
            return nil
        }
    }
}

/// A command that takes the global options.
protocol IpamcCommand: ParsableCommand {
    var options: GlobalOptions { get }
    /// What its words name, for hints.
    var mentioned: Mentioned { get }
    /// The forms of output that it has.
    static var forms: [OutputFormat] { get }
    /// What to write instead of a form that it does not have, if that is not one of its others.
    static var formAdvice: String? { get }
}

extension IpamcCommand {
    static var forms: [OutputFormat] { [.table, .wide, .json, .yaml, .name] }
    static var formAdvice: String? { nil }

    /// Refuses a form that the command does not have: a script must not take one for another.
    fileprivate static func check(_ output: OutputFormat) throws(Failure) {
        guard !forms.contains(output) else { return }
        guard output != .svg else {
            throw .usage("-o svg is a picture; only ipamc map draws one")
        }
        let names = forms.map(\.rawValue)
        let others = "there are " + names.dropLast().joined(separator: ", ") + " and "
        let advice = formAdvice ?? others + (names.last ?? "")
        throw .usage("ipamc \(configuration.commandName ?? "") has no -o \(output): \(advice)")
    }
}
