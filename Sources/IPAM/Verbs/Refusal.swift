/// A numbered no: nothing was changed, and this is why.
public struct Refusal: Error, Sendable, Hashable {
    public let code: RefusalCode
    /// What was asked, what is wrong, what would work; without the final full stop.
    public let sentence: String
    /// The faults of the documents, for `invalid`.
    public let faults: [DocumentFault]
    /// The names of what stands in the way, at most `Limits.namesShownMax`.
    public let names: [String]
    /// The position of the part of a batch that was refused, from 0.
    public let part: UInt32?
    /// After how long it may be otherwise, if that is known.
    public let retryMilliseconds: UInt32?

    /// A fault and the document that has it.
    public struct DocumentFault: Sendable, Hashable {
        /// The position of the document in the command, from 0.
        public let document: UInt32
        public let fault: Fault

        public init(document: UInt32, fault: Fault) {
            self.document = document
            self.fault = fault
        }
    }

    public init(
        _ code: RefusalCode, _ sentence: String, faults: [DocumentFault] = [],
        names: [String] = [], part: UInt32? = nil, retryMilliseconds: UInt32? = nil
    ) {
        self.code = code
        self.sentence = sentence
        self.faults = faults
        self.names = names
        self.part = part
        self.retryMilliseconds = retryMilliseconds
    }
}

/// `CODE: sentence`.
extension Refusal: CustomStringConvertible {
    public var description: String { "\(code): \(sentence)" }
}

/// Why something was refused. Numbers and names are for ever: programs rely on them.
public enum RefusalCode: UInt16, Sendable, Hashable, CaseIterable {
    // The request itself.
    case malformed = 1
    case unknownOpcode = 2
    case unknownField = 3
    case tooLarge = 4
    case invalid = 5
    case unknownKind = 6
    case invalidPrefix = 7
    case emptySelector = 8

    // Who asks.
    case notPermitted = 16

    // What it names.
    case unknownNamespace = 32
    case notFound = 33
    case nameConflict = 34
    case nameTaken = 35
    case versionConflict = 36
    case ambiguous = 37
    case controlled = 38
    case inUse = 39

    // Where the space would come from.
    case noSuitableParent = 48
    case noRoom = 49
    case parentNotFound = 50
    case parentNotAllocated = 51
    case parentNotSelected = 52
    case otherFamily = 53
    case requestTooLarge = 54
    case outsideParent = 55
    case lengthNotAllowed = 56
    case excluded = 57
    case quotaReached = 58
    case ownerOnly = 59
    case quarantined = 60

    // The daemon.
    case busy = 64
    case shuttingDown = 65
    case storageFull = 66
    case storageFailed = 67
    case stateDamaged = 68
    case outcomeUnknown = 69
    case cancelled = 70
    case compacted = 71
    case userLimit = 72
}

/// As the registry and the command line spell it.
extension RefusalCode: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed: "malformed"
        case .unknownOpcode: "unknown_opcode"
        case .unknownField: "unknown_field"
        case .tooLarge: "too_large"
        case .invalid: "invalid"
        case .unknownKind: "unknown_kind"
        case .invalidPrefix: "invalid_prefix"
        case .emptySelector: "empty_selector"
        case .notPermitted: "not_permitted"
        case .unknownNamespace: "unknown_namespace"
        case .notFound: "not_found"
        case .nameConflict: "name_conflict"
        case .nameTaken: "name_taken"
        case .versionConflict: "version_conflict"
        case .ambiguous: "ambiguous"
        case .controlled: "controlled"
        case .inUse: "in_use"
        case .noSuitableParent: "no_suitable_parent"
        case .noRoom: "no_room"
        case .parentNotFound: "parent_not_found"
        case .parentNotAllocated: "parent_not_allocated"
        case .parentNotSelected: "parent_not_selected"
        case .otherFamily: "other_family"
        case .requestTooLarge: "request_too_large"
        case .outsideParent: "outside_parent"
        case .lengthNotAllowed: "length_not_allowed"
        case .excluded: "excluded"
        case .quotaReached: "quota_reached"
        case .ownerOnly: "owner_only"
        case .quarantined: "quarantined"
        case .busy: "busy"
        case .shuttingDown: "shutting_down"
        case .storageFull: "storage_full"
        case .storageFailed: "storage_failed"
        case .stateDamaged: "state_damaged"
        case .outcomeUnknown: "outcome_unknown"
        case .cancelled: "cancelled"
        case .compacted: "compacted"
        case .userLimit: "user_limit"
        }
    }
}

extension Reason {
    /// The code with which a request is refused that cannot wait.
    package var refusalCode: RefusalCode {
        switch self {
        case .noSuitableParent: .noSuitableParent
        case .noRoom: .noRoom
        case .parentNotFound: .parentNotFound
        case .parentNotAllocated: .parentNotAllocated
        case .parentNotSelected: .parentNotSelected
        case .otherFamily: .otherFamily
        case .tooLarge: .requestTooLarge
        case .outsideParent: .outsideParent
        case .lengthNotAllowed: .lengthNotAllowed
        case .excluded: .excluded
        case .quotaReached: .quotaReached
        case .ownerOnly: .ownerOnly
        case .quarantined: .quarantined
        }
    }
}
