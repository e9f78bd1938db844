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
        subcommands: [
            ApplyCommand.self, RequestCommand.self, ReleaseCommand.self, BatchCommand.self,
            GetCommand.self, DescribeCommand.self, LabelCommand.self, DeleteCommand.self,
            TreeCommand.self, UsageCommand.self, MapCommand.self, ExplainCommand.self,
            WhoCommand.self, StatusCommand.self, CheckCommand.self, LogCommand.self,
            ExportCommand.self, ImportCommand.self, BackupCommand.self, ReconcileCommand.self,
            AccessCommand.self, MetricsCommand.self, VersionCommand.self,
        ])

    /// Runs the command and ends the process with the exit status that the contract names.
    static func main() {
        // A reader that went away ends us quietly, whatever our parent ignored.
        signal(SIGPIPE, SIG_DFL)
        let arguments = GlobalOptions.behindSubcommand(Array(CommandLine.arguments.dropFirst()))
        var output = OutputFormat.table
        var ours: (any IpamcCommand)?
        do {
            if let page = HelpPage.asked(arguments) { return StandardStreams.write(page) }
            if let script = CompletionScript.asked(arguments) {
                return StandardStreams.write(script)
            }
            if let failure = unknownCommand(arguments) { throw failure }
            var command = try parseAsRoot(arguments)
            ours = command as? any IpamcCommand
            if let ours { output = ours.options.output }
            guard output != .svg || command is MapCommand else {
                throw Failure.usage("-o svg is a picture; only ipamc map draws one")
            }
            try command.run()
        } catch let failure as Failure {
            let whole = ours.map { Hints($0.mentioned, $0.options).completing(failure) } ?? failure
            StandardStreams.write(whole.text(output), to: STDERR_FILENO)
            Glibc.exit(failure.status.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}

/// A command that takes the global options.
protocol IpamcCommand: ParsableCommand {
    var options: GlobalOptions { get }
    /// What its words name, for hints.
    var mentioned: Mentioned { get }
}
