/// Questions that the documents answer in one way and the engine in another, or not at all. A run
/// may follow the engine in some of them, to see what lies behind.
enum NaiveReading: String, CaseIterable, Sendable {
    /// A request for a Prefix that is there without `ownerOnly` is another request.
    case policyCounts
    /// A Prefix does not stand in the way of a request for an allocation of its name, nor the
    /// other way round.
    case kindsApart
    /// To an administrator the objects of others are like his own.
    case administratorsOwnAll
    /// A request for a Prefix with neither parent nor selector asks for what no parent has.
    case sourcelessPrefix
    /// The name of a request that is explained must be one.
    case explainReadsName
    /// A request that waits for an object of its name to be placed is refused when it is tried.
    case waitForNameEnds
    /// A named parent that is Pending has no default length.
    case defaultOfAllocated
    /// A new parent, and a hold that ends, are seen by older claims when all were tried.
    case wholePasses
    /// A namespace is there while a request waits in it.
    case waitingKeepsNamespace
    /// New holds are chosen when all who wait were tried.
    case holdsAfterPass
    /// The parent of a release narrows what its selector means.
    case parentNarrowsSelector
}
