import ArgumentParser

/// Tries the shipped daemon: ends it in every way that there is, and checks that nothing that it
/// ever said was lost and nothing was given out twice.
@main
struct Ipamtrial: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries the real daemon, and checks every history.",
        subcommands: [
            KillTrial.self, SyscallTrial.self, PowerCutTrial.self, FullDiskTrial.self,
            RestartTrial.self, LoadTrial.self,
            HostileTrial.self, AttackCommand.self, BehaveCommand.self,
        ])
}
