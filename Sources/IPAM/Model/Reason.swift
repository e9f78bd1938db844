/// Why a claim has no block.
public enum Reason: UInt8, Sendable, Hashable, CaseIterable {
    /// The selector matches no Allocated Prefix of the family that is larger than the request.
    case noSuitableParent = 1
    /// There are suitable parents, and none has room.
    case noRoom = 2
    case parentNotFound = 3
    case parentNotAllocated = 4
    /// The named parent does not carry the labels that the selector asks for.
    case parentNotSelected = 5
    /// The named parent has the other IP family.
    case otherFamily = 6
    /// The request is as large as the named parent, or larger.
    case tooLarge = 7
    /// The wanted prefix is not in the named parent.
    case outsideParent = 8
    /// The parent gives out blocks of other lengths only.
    case lengthNotAllowed = 9
    /// The parent excludes addresses of the wanted prefix.
    case excluded = 10
    /// The parent's quota, or the owner's in it, would be exceeded.
    case quotaReached = 11
    /// The parent serves only its owner.
    case ownerOnly = 12
    /// The state was restored and may be old: until it is reconciled, space is given only to
    /// those who ask for a prefix that they hold.
    case quarantined = 13

    /// Whether waiting cannot help: the parent itself would have to be another one.
    public var isPermanent: Bool {
        switch self {
        case .otherFamily, .tooLarge, .outsideParent: true
        case .noSuitableParent, .noRoom, .parentNotFound, .parentNotAllocated,
            .parentNotSelected, .lengthNotAllowed, .excluded, .quotaReached, .ownerOnly,
            .quarantined:
            false
        }
    }
}

/// In the form of a condition's `reason`.
extension Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuitableParent: "NoSuitableParent"
        case .noRoom: "NoRoom"
        case .parentNotFound: "ParentNotFound"
        case .parentNotAllocated: "ParentNotAllocated"
        case .parentNotSelected: "ParentNotSelected"
        case .otherFamily: "OtherFamily"
        case .tooLarge: "TooLarge"
        case .outsideParent: "OutsideParent"
        case .lengthNotAllowed: "LengthNotAllowed"
        case .excluded: "Excluded"
        case .quotaReached: "QuotaReached"
        case .ownerOnly: "OwnerOnly"
        case .quarantined: "Quarantined"
        }
    }
}

/// A reason with the facts of the moment at which it was asked for.
public struct Explanation: Sendable, Hashable {
    public let reason: Reason
    /// A whole sentence for a person, without the final full stop.
    public let sentence: String

    package init(_ reason: Reason, _ sentence: String) {
        self.reason = reason
        self.sentence = sentence
    }
}
