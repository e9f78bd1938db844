import ArgumentParser

/// Runs the store, the engine and the sessions of the daemon on a disk that fails, and says what
/// went wrong.
@main
struct Ipamsim: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Simulates power cuts, disk errors and bit rot, and looks for what they lost; "
            + "and compares the engine with a simple model.",
        subcommands: [
            CrashCommand.self, SmallCommand.self, FailCommand.self, RotCommand.self,
            ModelCommand.self,
        ])
}
