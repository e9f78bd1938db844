/// The files of a state directory, by their names.
///
/// A generation rises with every segment and every start, and a name is never used twice.
enum StoreFile: Hashable {
    case lock
    /// All objects as they were when the segment of the same generation began.
    case checkpoint(UInt64)
    case journal(UInt64)
    /// Files that are not whole yet.
    case checkpointInProgress(UInt64)
    case journalInProgress(UInt64)
    /// The next segment, without its header and its name.
    case spare
    /// A copy of what was dropped from the end of a journal, by the last number that stayed.
    case torn(UInt64)

    var name: String {
        switch self {
        case .lock: "lock"
        case .checkpoint(let generation): "checkpoint-\(Self.digits(generation))"
        case .journal(let generation): "journal-\(Self.digits(generation))"
        case .checkpointInProgress(let generation): "checkpoint-\(Self.digits(generation)).tmp"
        case .journalInProgress(let generation): "journal-\(Self.digits(generation)).tmp"
        case .spare: "spare"
        case .torn(let lsn): "torn-\(Self.digits(lsn))"
        }
    }

    init?(name: String) {
        switch name {
        case "lock": self = .lock
        case "spare": self = .spare
        default:
            let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let number = UInt64(parts[1].prefix(16), radix: 16) else {
                return nil
            }
            let file: StoreFile? =
                switch (parts[0], parts[1].dropFirst(16)) {
                case ("checkpoint", ""): .checkpoint(number)
                case ("checkpoint", ".tmp"): .checkpointInProgress(number)
                case ("journal", ""): .journal(number)
                case ("journal", ".tmp"): .journalInProgress(number)
                case ("torn", ""): .torn(number)
                default: nil
                }
            // Only our own spelling of the number counts: sixteen digits in lower case. One that
            // leaves no room for the next is none of ours.
            guard let file, file.name == name, number <= StoreLimits.numberMax else { return nil }
            self = file
        }
    }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The generation of a file that belongs to one.
    var generation: UInt64? {
        switch self {
        case .checkpoint(let generation), .journal(let generation),
            .checkpointInProgress(let generation), .journalInProgress(let generation):
            generation
        case .lock, .spare, .torn: nil
        }
    }
}

/// What lies in a state directory, sorted.
struct Inventory {
    private(set) var checkpoints: [UInt64] = []
    private(set) var journals: [UInt64] = []
    private(set) var unfinished: [StoreFile] = []
    private(set) var torn: [UInt64] = []
    private(set) var strangers: [String] = []

    init(_ disk: any Disk) throws(DiskError) {
        for name in try disk.names().sorted() {
            switch StoreFile(name: name) {
            case .checkpoint(let generation): checkpoints.append(generation)
            case .journal(let generation): journals.append(generation)
            case .checkpointInProgress(let generation):
                unfinished.append(.checkpointInProgress(generation))
            case .journalInProgress(let generation):
                unfinished.append(.journalInProgress(generation))
            case .spare: unfinished.append(.spare)
            case .torn(let lsn): torn.append(lsn)
            case .lock: break
            case nil: strangers.append(name)
            }
        }
    }

    /// The highest generation that any name contains.
    var generationMax: UInt64 {
        (checkpoints + journals + unfinished.compactMap(\.generation)).max() ?? 0
    }
}
