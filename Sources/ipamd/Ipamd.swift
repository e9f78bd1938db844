import ArgumentParser
import IPAM

/// The daemon and its offline tools.
@main
struct Ipamd: ParsableCommand {
    static let software = "ipamd \(Release.version)"

    static let configuration = CommandConfiguration(
        commandName: "ipamd",
        abstract: "Hands out IP prefixes on this machine, durably.",
        discussion: """
            Started by systemd (ipamd.socket), or by hand with --socket. Clients talk to it \
            with ipamc.
            """,
        version: software,
        subcommands: [
            ServeCommand.self, CheckCommand.self, RestoreCommand.self, AdoptCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}

/// How the daemon ends; sysexits(3) where it has a number.
enum ExitStatus: Int32 {
    case success = 0
    /// Clients cannot arrive, or the system refused something else that a start needs.
    case failure = 1
    /// The journal could not be written: only what is on the disk is true, and the next start
    /// reads it.
    case storage = 2
    /// What was asked for on the command line makes no sense (EX_USAGE).
    case usage = 64
    /// Another daemon has the state directory or the socket (EX_TEMPFAIL).
    case taken = 75

    var code: ExitCode { ExitCode(rawValue) }
}
