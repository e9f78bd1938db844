import IPAM
import IPAMEngine
import Testing

/// Requests, releases and deletions, as tables.
@Suite struct AllocationTests {
    @Test func `a request gets the next block, a released one is the first to be reused`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24 label tier=public         -> allocated
            request a length 26 select tier=public             -> 10.0.0.0/26
            request b length 26 select tier=public             -> 10.0.0.64/26
            release a                                          -> released
            request c length 26 select tier=public             -> 10.0.0.0/26
            release 10.0.0.64/26                               -> released
            show    prefixallocation/b                         -> absent
            """)
    }

    @Test func `the smallest sufficient free block is used first, of equals the lowest`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/24                           -> allocated
            request a length 26 from pods                      -> 10.0.0.0/26
            request b length 28 from pods                      -> 10.0.0.64/28
            request c length 25 from pods                      -> 10.0.0.128/25
            request d length 27 from pods                      -> 10.0.0.96/27
            request e length 28 from pods                      -> 10.0.0.80/28
            request f length 28 from pods                      -> no_room
            """)
    }

    @Test func `among parents the one with the smallest sufficient block is chosen`() throws {
        try scenario(
            """
            root    large 10.0.0.0/16 label t=p                -> allocated
            root    small 192.168.0.0/24 label t=p             -> allocated
            request a length 26 select t=p                     -> 192.168.0.0/26
            request b length 20 select t=p                     -> 10.0.0.0/20
            """)
    }

    @Test func `IPv6 blocks of every length from 1 to 128 can be had`() throws {
        try scenario(
            """
            root    all ::/0                                   -> allocated
            request a family IPv6 length 1 from all            -> ::/1
            request b family IPv6 length 128 from all          -> 8000::/128
            request c family IPv6 length 128 from all          -> 8000::1/128
            request d length 64 from all                       -> 8000:0:0:1::/64
            release b                                          -> released
            release c                                          -> released
            release d                                          -> released
            request e length 1 from all                        -> 8000::/1
            """)
    }

    @Test func `releasing a block wakes the oldest claim that fits`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                           -> allocated
            request a length 31 from pods                      -> 10.0.0.0/31
            request b length 31 from pods                      -> 10.0.0.2/31
            claim   first family IPv4 length 31 from pods      -> NoRoom
            claim   second family IPv4 length 32 from pods     -> NoRoom
            release b                                          -> released
            show    prefixallocation/first                     -> 10.0.0.2/31
            show    prefixallocation/second                    -> NoRoom
            release a                                          -> released
            show    prefixallocation/second                    -> 10.0.0.0/32
            """)
    }

    @Test func `a child that gets its space serves those who wait for it`() throws {
        try scenario(
            """
            claim   grandchild family IPv4 length 28 from child -> ParentNotFound
            child   child family IPv4 length 24 from root      -> ParentNotFound
            show    prefixallocation/grandchild                -> ParentNotAllocated
            root    root 10.0.0.0/16                           -> allocated
            show    prefix/child                               -> 10.0.0.0/24
            show    prefixallocation/grandchild                -> 10.0.0.0/28
            """)
    }

    @Test func `a relabelled parent wakes what it now matches`() throws {
        try scenario(
            """
            root    root 10.0.0.0/16                           -> allocated
            claim   a family IPv4 length 24 select t=p         -> NoSuitableParent
            label   root t=p                                   -> configured
            show    prefixallocation/a                         -> 10.0.0.0/24
            label   root t=p                                   -> unchanged
            """)
    }

    @Test func `a Failed allocation is replaced when its parent can hold it`() throws {
        try scenario(
            """
            root    root 10.0.0.0/24                           -> allocated
            child   child family IPv4 length 20 from root      -> TooLarge
            delete  prefix/root                                -> deleted
            root    root 10.0.0.0/16                           -> allocated
            show    prefix/child                               -> 10.0.0.0/20
            """)
    }

    @Test func `an explicit prefix is given, or what holds it is named`() throws {
        try scenario(
            """
            root    root 10.0.0.0/16                           -> allocated
            request a prefix 10.0.128.0/24 from root           -> 10.0.128.0/24
            request b prefix 10.0.128.0/25 from root           -> no_room
            request c prefix 10.0.0.0/17 from root             -> 10.0.0.0/17
            request d prefix 11.0.0.0/24 from root             -> outside_parent
            request e prefix 10.0.0.0/16 from root             -> request_too_large
            request f prefix 10.0.0.0/8 from root              -> request_too_large
            request g prefix 2001:db8::/64 from root           -> other_family
            request h prefix 10.0.128.0/24 select {}           -> empty_selector
            """)
    }

    @Test func `the same request has the same answer, another one is a conflict`() throws {
        try scenario(
            """
            root    root 10.0.0.0/16 label t=p                 -> allocated
            request a length 24 select t=p                     -> 10.0.0.0/24
            request a length 24 select t=p                     -> 10.0.0.0/24
            request a length 25 select t=p                     -> name_conflict
            request a length 24 from root                      -> name_conflict
            request a.prefix length 24 from root               -> invalid
            used    root                                       -> 10.0.0.0/24
            """)
    }

    @Test func `what has space in use is not deleted, and a child takes its allocation along`()
        throws
    {
        try scenario(
            """
            root    root 10.0.0.0/16                           -> allocated
            child   child family IPv4 length 24 from root      -> 10.0.0.0/24
            request a length 26 from child                     -> 10.0.0.0/26
            delete  prefix/root                                -> in_use
            delete  prefix/child                               -> in_use
            delete  prefixallocation/child.prefix              -> controlled
            release child.prefix                               -> controlled
            release 10.0.0.0/24                                -> controlled
            delete  prefix/root prefix/child                   -> in_use
            delete  prefix/root prefixallocation/a prefix/child -> deleted
            show    prefix/root                                -> absent
            """)
    }

    @Test func `a block in two overlapping roots is ambiguous until the parent is named`() throws {
        try scenario(
            """
            root    one 10.0.0.0/24                            -> allocated
            root    two 10.0.0.0/24                            -> allocated
            request a length 26 from one                       -> 10.0.0.0/26
            request b length 26 from two                       -> 10.0.0.0/26
            release 10.0.0.0/26                                -> ambiguous
            release a                                          -> released
            release 10.0.0.0/26                                -> released
            release 10.0.0.0/26                                -> not_found
            """)
    }

    @Test func `a request needs a namespace, a source and a block that can be`() throws {
        try scenario(
            """
            request a length 24 from root                      -> unknown_namespace
            root    root 10.0.0.0/16                           -> allocated
            request a length 24                                -> invalid
            request a from root                                -> invalid
            request a length 0 from root                       -> invalid
            request a length 33 from root                      -> invalid
            request a length 24 from other                     -> parent_not_found
            request a length 24 select t=p                     -> no_suitable_parent
            request UPPER length 24 from root                  -> invalid
            release nobody                                     -> not_found
            delete  prefix/nobody                              -> not_found
            """)
    }

    @Test func `a parent that is named must also carry the selected labels`() throws {
        try scenario(
            """
            root    root 10.0.0.0/16 label t=p                 -> allocated
            request a length 24 from root select t=q           -> parent_not_selected
            request a length 24 from root select t=p           -> 10.0.0.0/24
            """)
    }

    @Test func `used blocks stand in numeric order`() throws {
        try scenario(
            """
            root    root 10.0.0.0/16                           -> allocated
            request c prefix 10.0.128.0/28 from root           -> 10.0.128.0/28
            request b prefix 10.0.16.0/28 from root            -> 10.0.16.0/28
            request a prefix 10.0.2.0/28 from root             -> 10.0.2.0/28
            used    root                          -> 10.0.2.0/28 10.0.16.0/28 10.0.128.0/28
            """)
    }
}
