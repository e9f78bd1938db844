internal import ArgumentParser

/// The commands under their names, in the order of the help.
///
/// Each type is asked for by itself: to prepare all of them would be a good part of what a short
/// run takes.
enum CommandName: String, CaseIterable {
    case apply, request, release, batch
    case get, describe, label, delete
    case tree, usage, map, explain, who
    case status, check, log
    case export, `import`, backup, reconcile
    case access, metrics, version

    /// The command of that name. The initializer from the name would build a table first.
    static func named(_ word: String) -> CommandName? { allCases.first { $0.rawValue == word } }

    var type: any IpamcCommand.Type {
        switch self {
        case .apply: ApplyCommand.self
        case .request: RequestCommand.self
        case .release: ReleaseCommand.self
        case .batch: BatchCommand.self
        case .get: GetCommand.self
        case .describe: DescribeCommand.self
        case .label: LabelCommand.self
        case .delete: DeleteCommand.self
        case .tree: TreeCommand.self
        case .usage: UsageCommand.self
        case .map: MapCommand.self
        case .explain: ExplainCommand.self
        case .who: WhoCommand.self
        case .status: StatusCommand.self
        case .check: CheckCommand.self
        case .log: LogCommand.self
        case .export: ExportCommand.self
        case .import: ImportCommand.self
        case .backup: BackupCommand.self
        case .reconcile: ReconcileCommand.self
        case .access: AccessCommand.self
        case .metrics: MetricsCommand.self
        case .version: VersionCommand.self
        }
    }
}

extension CommandConfiguration {
    /// What a command of ipamc says of itself.
    ///
    /// It stands below ipamc when it is parsed alone, too. Otherwise the parser would look there
    /// for its option that makes completions, by two parses of its own before that of the command.
    init(of command: CommandName, abstract: String, discussion: String = "") {
        self.init(
            commandName: command.rawValue, _superCommandName: "ipamc", abstract: abstract,
            discussion: discussion)
    }
}
