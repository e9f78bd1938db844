/// One document of an `apply`, as the user wrote it. Family and prefix stay text until they are
/// validated, so that every client gets the same errors, with the path of the field.
public struct Manifest: Sendable, Hashable {
    public var key: ResourceKey
    public var apiGroup: APIGroup
    /// Absent leaves the labels as they are, present replaces them all.
    public var labels: Labels?
    public var annotations: Labels?
    /// A precondition: the object must still have this version.
    public var resourceVersion: UInt64?
    public var ipFamily: String?
    public var prefix: String?
    public var prefixLength: Int64?
    /// `parentRef`, in an allocation `prefixRef`.
    public var parent: String?
    /// `parentSelector`, in an allocation `prefixSelector`.
    public var selector: Selector?
    /// Which of several parents: `BestFit` or `Emptiest`.
    public var parentStrategy: String?
    /// Absent leaves the policy of a Prefix as it is, present replaces it.
    public var policy: Policy?

    /// How a Prefix gives out its space, as the user wrote it; see `PrefixPolicy`.
    public struct Policy: Sendable, Hashable {
        /// `BestFit`, `Lowest` or `Sparse`.
        public var strategy: String?
        public var minPrefixLength: Int64?
        public var maxPrefixLength: Int64?
        public var defaultPrefixLength: Int64?
        /// Prefixes, addresses, or ranges `10.0.0.1-10.0.0.20`.
        public var reserved: [String] = []
        public var excluded: [String] = []
        public var excludeNetworkAndBroadcast = false
        /// A number of addresses, or `/22` for as many as a /22 has.
        public var quota: String?
        public var quotaPerOwner: String?
        public var ownerOnly = false

        public init() {}
    }

    public init(
        key: ResourceKey, apiGroup: APIGroup = .ironcore, labels: Labels? = nil,
        annotations: Labels? = nil, resourceVersion: UInt64? = nil, ipFamily: String? = nil,
        prefix: String? = nil, prefixLength: Int64? = nil, parent: String? = nil,
        selector: Selector? = nil, parentStrategy: String? = nil, policy: Policy? = nil
    ) {
        self.key = key
        self.apiGroup = apiGroup
        self.labels = labels
        self.annotations = annotations
        self.resourceVersion = resourceVersion
        self.ipFamily = ipFamily
        self.prefix = prefix
        self.prefixLength = prefixLength
        self.parent = parent
        self.selector = selector
        self.parentStrategy = parentStrategy
        self.policy = policy
    }
}
