/// Every bound that a client can run into, in one place; `proto-spec/registry.json` states the
/// same numbers, and a test compares the two.
public enum Limits {
    /// The largest frame, header included, that a side must be ready to accept, in bytes.
    public static let frameBytesLeast = 4096
    /// The largest frame that this implementation accepts, header included, in bytes.
    public static let frameBytesMax = 65_536
    /// The largest message, the bodies of all its frames together, in bytes.
    public static let messageBytesMax = 4 << 20
    /// Requests of one connection that may be without an answer at a time.
    public static let requestsInFlightMax = 1024
    /// The name and version by which a side introduces itself, for logs, in bytes.
    public static let softwareNameBytesMax = 256
    /// Encoded faults after which a refusal leaves the rest out, in bytes; the same for warnings.
    public static let messagePartBytesMax = 512 << 10

    /// Documents of one `apply`, objects of one `delete`, targets of one `release`.
    public static let itemsPerCommandMax = 10_000
    /// Objects or prefixes in one page of a list.
    public static let pageItemsMax = 1000
    /// Encoded bytes after which a page of a list ends early.
    public static let pageBytesMax = 128 << 10
    /// Comparisons of a selector or of placement after which a page of a list ends early.
    public static let pageWorkMax = 100_000
    /// Waiting claims that one command looks at; the rest follow as commands of their own.
    public static let claimsPerWakeMax = 10_000
    /// The largest record of a change, unless the segments of the journal are small. A command
    /// may fill three quarters of it.
    package static let recordBytesMax = 16 << 20
    /// Bytes of the objects that a batch makes: its answer holds them all and is one message.
    public static let batchBytesMax = 3 << 20
    /// Bytes of one part of a backup.
    public static let backupPartBytesMax = 1 << 20
    /// Changes after which a claim that waits in vain for room keeps a block for itself, so that
    /// smaller claims that come and go do not starve it.
    public static let changesBeforeHold = 1000
    /// Parents, free blocks of each, and allocations in all, that are looked at for such a block.
    package static let holdParentsMax = 64
    package static let holdBlocksMax = 64
    package static let holdWorkMax = 16_384
    /// Requests that wait in their connections for room, of all clients together.
    public static let waitingRequestsMax = 65_536
    /// The same of one user.
    public static let waitingRequestsPerUserMax = 4096
    /// The longest time that a request waits for room, in milliseconds: a day.
    public static let waitMillisecondsMax = 86_400_000
    /// Watches of all clients together.
    public static let watchesMax = 1024
    /// Changes of objects that are kept for watches.
    public static let watchChangesMax = 65_536
    /// Bytes of the objects in those changes, as they were and as they became.
    public static let watchBytesMax = 64 << 20
    /// Changes in one event message.
    public static let eventChangesMax = 256
    /// Names that a refusal or a message lists before it only counts.
    public static let namesShownMax = 10
    /// Faults after which no further document of a command is looked at.
    public static let faultsShownMax = 1000

    /// A DNS-1123 subdomain: names of resources (RFC 1123, as Kubernetes reads it).
    public static let nameBytesMax = 253
    /// A DNS-1123 label: names of namespaces.
    public static let namespaceBytesMax = 63
    /// The name part of a label key, and a label value.
    public static let labelPartBytesMax = 63
    /// The DNS prefix of a label key.
    public static let labelPrefixBytesMax = nameBytesMax
    /// Labels of one resource.
    public static let labelsMax = 64
    /// Keys and values of all annotations of one resource together, as in Kubernetes.
    public static let annotationBytesMax = 256 << 10
    /// Ranges that one Prefix reserves, and ranges that it excludes, as they are written.
    public static let policyRangesMax = 256
    /// Prefixes that cover them.
    public static let policyPrefixesMax = 1024
    /// Users and groups that one namespace is limited to, together.
    public static let accessEntriesMax = 256
    /// Requirements of one selector, and values of one requirement.
    public static let selectorPartsMax = 64
}
