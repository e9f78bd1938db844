internal import IPAM
internal import IPAMClient

/// What the exit status tells a script (the numbers of sysexits.h, where they fit).
enum ExitStatus: Int32 {
    case refused = 1
    case usage = 64
    case unreachable = 69
    case ourMistake = 70
    case outcomeUnknown = 74
    case nothingChanged = 75
    case notPermitted = 77
}

/// Why a command did not do what was asked: for standard error, and for the exit status.
struct Failure: Error {
    /// One thing that is wrong with one document.
    struct Line: Encodable {
        let code: String
        let file: String?
        let document: Int?
        let object: String?
        let path: String
        let kind: String
        let sentence: String
        /// The place in words, as the line begins.
        fileprivate let placeText: String

        private enum CodingKeys: CodingKey {
            case code, file, document, object, path, kind, sentence
        }

        fileprivate var text: String { "ipamc: \(code): \(placeText)\(path): \(kind): \(sentence)" }
    }

    let status: ExitStatus
    /// The code of the registry, or of the command line itself: `usage`, `unreachable`,
    /// `outcome_unknown`, `nothing_changed`, `protocol`, `input`.
    let code: String
    let sentence: String
    var lines: [Line] = []
    var names: [String] = []
    /// What else there is to say, a line each.
    var details: [String] = []
    /// What to do, or what may have been meant, a line each.
    var hints: [String] = []
    /// The line of the input that is meant, from 1.
    var line: Int?
    /// The command that asks again, for an unknown outcome.
    var again: String?

    init(_ status: ExitStatus, _ code: String, _ sentence: String) {
        self.status = status
        self.code = code
        self.sentence = sentence
    }

    static func usage(_ sentence: String) -> Failure { Failure(.usage, "usage", sentence) }
}

extension Failure {
    /// `again` are the words of the command that asks again, if asking may change anything.
    init(_ error: ClientError, again: [String]? = nil) {
        self.init(error, againText: again.map(Self.shellCommand))
    }

    /// `againText` is that command as a shell takes it.
    init(_ error: ClientError, againText: String?) {
        switch error {
        case .unreachable(let path, let why):
            let sentence = "no daemon is reachable at \(path): \(why)"
            self.init(.unreachable, "unreachable", sentence)
            let isDefault = path == GlobalOptions.socketDefault
            hints = Unreachable(path, why: why, isDefault: isDefault).hints
        case .refused(let refusal):
            self.init(refusal)
        case .nothingChanged(let why):
            // What the daemon says of itself at its end says that already.
            let end = why.contains("nothing was changed") ? "" : "; nothing changed, try again"
            self.init(.nothingChanged, "nothing_changed", why + end)
        case .outcomeUnknown(let why):
            self.init(.outcomeUnknown, "outcome_unknown", "\(why); whether it was done is unknown")
        case .protocolFault(let why):
            self.init(.ourMistake, "protocol", why)
            hints = ["if that is not the socket of ipamd, name the right one with --socket"]
        case .stateWentBack: self.init(.refused, "state_went_back", error.description)
        }
        if status == .outcomeUnknown { again = againText }
    }

    init(_ refusal: Refusal) {
        let status: ExitStatus =
            switch refusal.code {
            case .notPermitted: .notPermitted
            case .busy, .shuttingDown, .cancelled: .nothingChanged
            case .outcomeUnknown: .outcomeUnknown
            case .malformed, .unknownOpcode, .unknownField, .tooLarge, .invalid, .unknownKind,
                .invalidPrefix, .emptySelector, .unknownNamespace, .notFound, .nameConflict,
                .nameTaken, .versionConflict, .ambiguous, .controlled, .inUse,
                .noSuitableParent, .noRoom, .parentNotFound, .parentNotAllocated,
                .parentNotSelected, .otherFamily, .requestTooLarge, .outsideParent,
                .lengthNotAllowed, .excluded, .quotaReached, .ownerOnly, .quarantined, .compacted,
                .userLimit,
                .storageFull, .storageFailed, .stateDamaged:
                .refused
            }
        self.init(status, refusal.code.description, refusal.sentence)
        names = refusal.names
        if refusal.code == .notPermitted {
            hints = ["ipamc help not_permitted says how a user joins a group"]
        }
    }

    /// A refusal of documents: the daemon counts them, the user knows them by file and number.
    init(_ refusal: Refusal, documents: [ManifestDocument]) {
        self.init(refusal)
        lines = refusal.faults.map { item in
            let index = Int(item.document)
            let place = documents.indices.contains(index) ? documents[index].place : nil
            return Line(refusal.code, place, item.fault)
        }
    }

    init(_ faults: ManifestFaults) {
        let code = faults.faults.first?.code ?? .invalid
        let count = faults.faults.count == 1 ? "1 fault" : "\(faults.faults.count) faults"
        self.init(.refused, code.description, "\(count) in the documents, nothing was applied")
        lines = faults.faults.map { Line($0.code, $0.place, $0.fault) }
    }

    /// A file that the command line names and that cannot be read.
    init(_ fault: ManifestFileFault) {
        self.init(.usage, "input", fault.sentence)
    }
}

extension Failure.Line {
    fileprivate init(_ code: RefusalCode, _ place: ManifestPlace?, _ fault: Fault) {
        self.code = code.description
        file = place?.file
        document = place?.document
        object = place?.object
        path = fault.path
        kind = fault.kind.description
        sentence = fault.sentence
        placeText = place.map { "\($0): " } ?? ""
    }
}

extension Failure {
    /// What goes to standard error: a line for each fault of a document, else one line; JSON
    /// where the output is JSON.
    func text(_ format: OutputFormat) -> String {
        if format == .json {
            do {
                return try StructuredText.json(
                    Document(
                        again: again, code: code, details: details.isEmpty ? nil : details,
                        faults: lines.isEmpty ? nil : lines,
                        hints: hints.isEmpty ? nil : hints, line: line,
                        names: names.isEmpty ? nil : names, sentence: sentence))
            } catch {
                // Texts and numbers can always be written; were it otherwise, words will do.
            }
        }
        let plain =
            lines.isEmpty
            ? (["\(sentence)"] + details).map { "ipamc: \(code): \($0)" } : lines.map(\.text)
        let next = again.map { ["ipamc: to ask again: \($0)"] } ?? []
        let help = hints.map { "ipamc: hint: \($0)" }
        return (plain + next + help).map { $0 + "\n" }.joined()
    }

    private struct Document: Encodable {
        let again: String?
        let code: String
        let details: [String]?
        let faults: [Line]?
        let hints: [String]?
        let line: Int?
        let names: [String]?
        let sentence: String
    }

    /// The command with these words, as a shell takes it.
    static func shellCommand(_ words: [String]) -> String { shellWords(["ipamc"] + words) }

    /// The words as a shell takes them.
    static func shellWords(_ words: [String]) -> String {
        let safe = { (character: Character) in
            character.isASCII && (character.isLetter || character.isNumber)
                || "-_./:=,@%+".contains(character)
        }
        return words.map { word in
            guard word.isEmpty || !word.allSatisfy(safe) else { return word }
            return "'" + word.replacing("'", with: #"'\''"#) + "'"
        }.joined(separator: " ")
    }
}
