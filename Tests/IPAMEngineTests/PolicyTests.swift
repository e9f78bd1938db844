import IPAM
import IPAMEngine
import Testing

/// How a Prefix gives out its space.
@Suite struct PolicyTests {
    @Test func `lowest keeps what is used together, sparse leaves room beside`() throws {
        try scenario(
            """
            root    low    10.0.0.0/24 strategy Lowest            -> allocated
            request a length 26 from low                          -> 10.0.0.0/26
            request b length 28 from low                          -> 10.0.0.64/28
            release a                                             -> released
            request c length 28 from low                          -> 10.0.0.0/28
            root    best   10.0.1.0/24 strategy BestFit           -> allocated
            request d length 26 from best                         -> 10.0.1.0/26
            request e length 28 from best                         -> 10.0.1.64/28
            release d                                             -> released
            request f length 28 from best                         -> 10.0.1.80/28
            root    wide   10.0.2.0/24 strategy Sparse            -> allocated
            request g length 28 from wide                         -> 10.0.2.0/28
            request h length 28 from wide                         -> 10.0.2.128/28
            request i length 28 from wide                         -> 10.0.2.64/28
            request j length 28 from wide                         -> 10.0.2.192/28
            """)
    }

    /// The picture in README.md, in its words.
    @Test(arguments: [
        ("BestFit", "10.0.0.112/28"), ("Lowest", "10.0.0.64/28"), ("Sparse", "10.0.0.192/28"),
    ])
    func `each strategy takes the block that the picture shows`(
        strategy: String, block: String
    ) throws {
        try scenario(
            """
            root    root 10.0.0.0/24 strategy \(strategy)        -> allocated
            request a prefix 10.0.0.0/26 from root                -> 10.0.0.0/26
            request b prefix 10.0.0.96/28 from root               -> 10.0.0.96/28
            request c prefix 10.0.0.128/27 from root              -> 10.0.0.128/27
            request d length 28 from root                         -> \(block)
            """)
    }

    @Test func `among parents the best fitting one is taken, or the emptiest`() throws {
        try scenario(
            """
            root    large 10.0.0.0/16 label t=p                   -> allocated
            root    small 192.168.0.0/24 label t=p                -> allocated
            request a length 26 select t=p                        -> 192.168.0.0/26
            request b length 26 select t=p spread yes             -> 10.0.0.0/26
            root    also  11.0.0.0/16 label t=p                   -> allocated
            request c length 26 select t=p spread yes             -> 11.0.0.0/26
            request d length 26 select t=p spread yes             -> 10.0.0.64/26
            """)
    }

    @Test func `reserved space goes only to those who ask for that very prefix`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24 reserved 10.0.0.0/25         -> allocated
            free    pods                                          -> 10.0.0.128/25
            request a length 25 from pods                         -> 10.0.0.128/25
            request b length 26 from pods                         -> no_room
            request c prefix 10.0.0.64/26 from pods               -> 10.0.0.64/26
            request d prefix 10.0.0.0/25 from pods                -> no_room
            release c                                             -> released
            free    pods                                          -> nothing
            request d prefix 10.0.0.0/25 from pods                -> 10.0.0.0/25
            """)
    }

    @Test func `excluded space goes to nobody, and a range is as good as prefixes`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/28 excluded 10.0.0.1-10.0.0.4   -> allocated
            free    pods -> 10.0.0.0/32 10.0.0.5/32 10.0.0.6/31 10.0.0.8/29
            request a prefix 10.0.0.4/32 from pods                -> excluded
            request b prefix 10.0.0.0/29 from pods                -> excluded
            request c length 29 from pods                         -> 10.0.0.8/29
            request d length 29 from pods                         -> no_room
            request e length 32 from pods                         -> 10.0.0.0/32
            """)
    }

    @Test func `what is used when it is excluded stays, and is not given out again`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 32 from pods                         -> 10.0.0.0/32
            request b length 32 from pods                         -> 10.0.0.1/32
            policy  pods excluded 10.0.0.0/31                     -> configured
            used    pods                                          -> 10.0.0.0/32 10.0.0.1/32
            release a                                             -> released
            free    pods                                          -> 10.0.0.2/31
            policy  pods                                          -> configured
            free    pods                                          -> 10.0.0.0/32 10.0.0.2/31
            policy  pods                                          -> unchanged
            """)
    }

    @Test func `network and broadcast addresses are held back if the parent says so`() throws {
        try scenario(
            """
            root    all  10.0.0.0/30                              -> allocated
            free    all                                           -> 10.0.0.0/30
            root    link 10.0.1.0/30 ends yes                     -> allocated
            free    link                                          -> 10.0.1.1/32 10.0.1.2/32
            request a length 32 from link                         -> 10.0.1.1/32
            request b length 32 from link                         -> 10.0.1.2/32
            request c length 32 from link                         -> no_room
            root    pair 10.0.2.0/31 ends yes                     -> allocated
            free    pair                                          -> 10.0.2.0/31
            root    six  2001:db8::/126 ends yes                  -> allocated
            free    six                       -> 2001:db8::1/128 2001:db8::2/127
            """)
    }

    @Test func `a parent gives out the lengths that it allows, and one by default`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/16 label t=p min 24 max 28 default 26 -> allocated
            request a length 23 from pods                         -> length_not_allowed
            request b length 29 from pods                         -> length_not_allowed
            request c length 24 from pods                         -> 10.0.0.0/24
            request d from pods                                   -> 10.0.1.0/26
            request e select t=p                                  -> 10.0.1.64/26
            request e select t=p                                  -> 10.0.1.64/26
            root    none 10.1.0.0/16                              -> allocated
            request f from none                                   -> invalid
            """)
    }

    @Test func `a number of addresses gets the smallest block that holds as many`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/16                              -> allocated
            request a addresses 1 from pods                       -> 10.0.0.0/32
            request b addresses 2 from pods                       -> 10.0.0.2/31
            request c addresses 257 from pods                     -> 10.0.2.0/23
            request d addresses 0 from pods                       -> invalid
            request e addresses 4294967296 from pods              -> invalid
            root    six  2001:db8::/32                            -> allocated
            request f addresses 18446744073709551616 from six     -> 2001:db8::/64
            request a length 32 from pods                         -> 10.0.0.0/32
            """)
    }

    @Test func `quotas bound what one owner has, and what all have`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24 quota /25 each 64            -> allocated
            user    1000                                          -> agent
            request a length 26 from pods                         -> 10.0.0.0/26
            request b length 32 from pods                         -> quota_reached
            user    1001                                          -> agent
            request c length 27 from pods                         -> 10.0.0.64/27
            request d length 27 from pods                         -> 10.0.0.96/27
            user    1002                                          -> agent
            request e length 32 from pods                         -> quota_reached
            user    1000                                          -> agent
            release a                                             -> released
            request b length 32 from pods                         -> 10.0.0.0/32
            """)
    }

    @Test func `a Prefix that an agent asked for serves its owner alone`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/16                              -> allocated
            user    1000                                          -> agent
            request net length 24 from pods divide yes            -> 10.0.0.0/24
            request net length 24 from pods divide yes            -> 10.0.0.0/24
            request a length 26 from net                          -> 10.0.0.0/26
            user    1001                                          -> agent
            request b length 26 from net                          -> owner_only
            request c length 26 any yes                           -> 10.0.1.0/26
            request net length 24 from pods divide yes            -> name_taken
            delete  prefix/net                                    -> not_permitted
            user    1000                                          -> agent
            release net                                           -> not_found
            delete  prefix/net                                    -> in_use
            release a                                             -> released
            delete  prefix/net                                    -> deleted
            """)
    }

    @Test func `a changed policy wakes those who wait for it`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24 min 26                       -> allocated
            claim   a family IPv4 length 25 from pods             -> LengthNotAllowed
            policy  pods min 25                                   -> configured
            show    prefixallocation/a                            -> 10.0.0.0/25
            policy  pods excluded 10.0.0.128/25                   -> configured
            claim   b family IPv4 length 28 from pods             -> NoRoom
            claim   c prefix 10.0.0.192/26 from pods              -> Excluded
            policy  pods quota 128                                -> configured
            show    prefixallocation/b                            -> QuotaReached
            policy  pods                                          -> configured
            show    prefixallocation/b                            -> 10.0.0.128/28
            show    prefixallocation/c                            -> 10.0.0.192/26
            """)
    }

    @Test func `a repeated request is the same whatever it waits for and is labelled`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24 default 26                   -> allocated
            request a length 26 from pods                         -> 10.0.0.0/26
            request a length 26 from pods wait 1000               -> 10.0.0.0/26
            request a from pods                                   -> 10.0.0.0/26
            request a addresses 64 from pods                      -> 10.0.0.0/26
            request a length 26 from pods spread yes              -> name_conflict
            request a length 27 from pods                         -> name_conflict
            request pods length 26 from pods                      -> 10.0.0.64/26
            """)
    }
}
