import IPAM
import IPAMEngine
import Testing

/// Behaviours of IronCore that its own tests leave out (K), as tables.
@Suite struct IronCoreBehaviourTests {
    @Test func `K1: the family is inferred from a prefix, and not beside a length`() throws {
        try scenario(
            """
            root  root 10.0.0.0/8                                 -> allocated
            child a    prefix 10.1.0.0/16 from root               -> 10.1.0.0/16
            child b    length 16 from root                        -> invalid
            child c    prefix 10.2.0.0/16 length 16 from root     -> invalid
            child d    family IPv4 prefix 10.2.0.0/16 length 16 from root -> 10.2.0.0/16
            """)
    }

    @Test func `K2: Pending is the first phase, and Allocated the last`() throws {
        try scenario(
            """
            claim a    family IPv4 length 32 from root            -> ParentNotFound
            root  root 10.0.0.0/31                                -> allocated
            show  prefixallocation/a                              -> 10.0.0.0/32
            label root t=p                                        -> configured
            claim a    family IPv4 length 32 from root            -> 10.0.0.0/32
            show  prefix/root                                     -> 10.0.0.0/31
            """)
    }

    @Test func `K3: the smallest free block that holds the request, its low end`() throws {
        try scenario(
            """
            root    root 10.0.0.0/24                              -> allocated
            request a prefix 10.0.0.64/26 from root               -> 10.0.0.64/26
            request b length 27 from root                         -> 10.0.0.0/27
            request c length 28 from root                         -> 10.0.0.32/28
            request d length 25 from root                         -> 10.0.0.128/25
            """)
    }

    @Test func `K4: a parent has the family, the labels, a block, and is larger`() throws {
        try scenario(
            """
            root    six   2001:db8::/32 label t=p                 -> allocated
            root    same  10.0.0.0/26 label t=p                   -> allocated
            root    other 10.1.0.0/16 label t=q                   -> allocated
            child   none  family IPv4 length 8 select t=p label t=p -> NoSuitableParent
            request a     length 26 select t=p                    -> no_suitable_parent
            request a     length 27 select t=p                    -> 10.0.0.0/27
            request b     prefix 10.0.0.0/26 from same            -> request_too_large
            """)
    }

    @Test func `K5: an empty selector means every parent, also Allocated children`() throws {
        try scenario(
            """
            root  root  10.0.0.0/24                               -> allocated
            child child family IPv4 length 26 from root           -> 10.0.0.0/26
            claim a     family IPv4 length 28 select {}           -> 10.0.0.0/28
            used  child                                           -> 10.0.0.0/28
            claim b     family IPv6 length 64 select {}           -> NoSuitableParent
            """)
    }

    @Test func `K6: what can never fit has Failed for good, what has no room waits`() throws {
        try scenario(
            """
            root    root 10.0.0.0/31                              -> allocated
            claim   big  family IPv4 length 31 from root          -> Failed:TooLarge
            request a    length 32 from root                      -> 10.0.0.0/32
            request b    length 32 from root                      -> 10.0.0.1/32
            claim   wait family IPv4 length 32 from root          -> NoRoom
            release a                                             -> released
            show    prefixallocation/wait                         -> 10.0.0.0/32
            show    prefixallocation/big                          -> Failed:TooLarge
            """)
    }

    @Test func `K7: a placed child keeps what it asked, and can be told what it got`() throws {
        try scenario(
            """
            root  root  10.0.0.0/24 label t=p                     -> allocated
            child child family IPv4 length 26 select t=p          -> 10.0.0.0/26
            child child family IPv4 length 26 prefix 10.0.0.0/26 from root select t=p \
            -> 10.0.0.0/26
            child child family IPv4 length 26 prefix 10.0.0.64/26 select t=p -> invalid
            child child family IPv4 length 27 select t=p          -> invalid
            """)
    }

    @Test func `K8: who waits is served by the very command that helps, without back-off`() throws {
        try scenario(
            """
            root    root  10.0.0.0/24 label t=p                   -> allocated
            child   large family IPv4 length 24 from root         -> TooLarge
            child   wider family IPv4 length 23 select t=p        -> NoSuitableParent
            root    wide  10.2.0.0/16 label t=p                   -> allocated
            show    prefix/wider                                  -> 10.2.0.0/23
            show    prefix/large                                  -> TooLarge
            delete  prefix/root                                   -> deleted
            show    prefix/large                                  -> ParentNotFound
            root    root  10.0.0.0/16                             -> allocated
            show    prefix/large                                  -> 10.0.0.0/24
            """)
    }

    @Test func `K9: a Prefix in use stays, Pending claims do not block it`() throws {
        try scenario(
            """
            root    root 10.0.0.0/31                              -> allocated
            claim   a    family IPv4 length 32 from root          -> 10.0.0.0/32
            delete  prefix/root                                   -> in_use
            release a                                             -> released
            claim   big  family IPv4 length 30 from root          -> Failed:TooLarge
            delete  prefix/root                                   -> deleted
            """)
    }

    @Test func `K10: a child's allocation goes with it, and its space is there at once`() throws {
        try scenario(
            """
            root    root 10.0.0.0/24                              -> allocated
            child   a    family IPv4 length 25 from root          -> 10.0.0.0/25
            release a.prefix                                      -> controlled
            delete  prefixallocation/a.prefix                     -> controlled
            delete  prefix/a                                      -> deleted
            show    prefixallocation/a.prefix                     -> absent
            request b    length 25 from root                      -> 10.0.0.0/25
            """)
    }

    @Test func `K11: a new parent wakes children and allocations that match it`() throws {
        try scenario(
            """
            child child family IPv4 length 26 select t=p          -> NoSuitableParent
            claim claim family IPv4 length 26 select t=p          -> NoSuitableParent
            claim six   family IPv6 length 64 select t=p          -> NoSuitableParent
            root  root  10.0.0.0/24 label t=p                     -> allocated
            show  prefix/child                                    -> 10.0.0.0/26
            show  prefixallocation/claim                          -> 10.0.0.64/26
            show  prefixallocation/six                            -> NoSuitableParent
            """)
    }

    @Test func `K13: Prefix and allocation both say why they wait`() throws {
        try scenario(
            """
            child child family IPv4 length 26 select t=p          -> NoSuitableParent
            show  prefix/child                                    -> NoSuitableParent
            show  prefixallocation/child.prefix                   -> NoSuitableParent
            """)
    }

    @Test func `K14: a child controls one allocation, whatever is done to it`() throws {
        var run = ScenarioRun()
        for line in [
            "root root 10.0.0.0/24", "child child family IPv4 length 8 from root",
            "child child family IPv4 length 8 from root", "root other 10.0.0.0/7 label t=p",
            "child again family IPv4 length 26 select t=p", "label root t=p",
            "child child prefix 10.0.0.0/8 family IPv4 length 8 from root",
        ] {
            _ = run.perform(line.words)
            #expect(run.state.violations() == [])
            #expect(run.state.counts.allocations == run.state.counts.prefixes - rootCount(run))
        }
    }

    private func rootCount(_ run: ScenarioRun) -> Int {
        var count = 0
        run.state.visitResources { if $0.key.kind == .prefix, $0.spec.isRoot { count += 1 } }
        return count
    }
}

/// Defects of the original (L) that are mended here, as tables.
@Suite struct MendedDefectTests {
    @Test func `D1, D2, D3: who waits is bound to no parent, so no time runs out on it`() throws {
        try scenario(
            """
            root    first  10.0.0.0/31 label t=p                  -> allocated
            request a      length 32 from first                   -> 10.0.0.0/32
            request b      length 32 from first                   -> 10.0.0.1/32
            claim   waits  family IPv4 length 32 select t=p       -> NoRoom
            root    second 10.1.0.0/31 label t=p                  -> allocated
            show    prefixallocation/waits                        -> 10.1.0.0/32
            """)
    }

    @Test func `D4: which parent is taken follows from the state alone`() throws {
        for _ in 0..<10 {
            try scenario(
                """
                root    b 10.1.0.0/24 label t=p                   -> allocated
                root    a 10.1.0.0/24 label t=p                   -> allocated
                root    c 10.0.0.0/24 label t=p                   -> allocated
                request x length 26 select t=p                    -> 10.0.0.0/26
                request y length 25 select t=p                    -> 10.0.0.128/25
                request z length 25 select t=p                    -> 10.1.0.0/25
                used    a                                         -> 10.1.0.0/25
                """)
        }
    }

    @Test func `D5: used blocks stand in the order of numbers`() throws {
        try scenario(
            """
            root    root 10.0.0.0/24                              -> allocated
            request a prefix 10.0.0.128/28 from root              -> 10.0.0.128/28
            request b prefix 10.0.0.16/28 from root               -> 10.0.0.16/28
            request c prefix 10.0.0.2/32 from root                -> 10.0.0.2/32
            used    root              -> 10.0.0.2/32 10.0.0.16/28 10.0.0.128/28
            """)
    }

    @Test func `D6: host bits are refused, so no prefix has two spellings`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24                                -> allocated
            child child prefix 10.0.0.1/24 from root              -> invalid
            claim claim prefix 10.0.0.1/26 from root              -> invalid
            """)
    }

    @Test func `D7: what can never be is told at once`() throws {
        try scenario(
            """
            root    root 10.0.0.0/8                               -> allocated
            request a prefix 10.0.0.0/7 from root                 -> request_too_large
            request b prefix 11.0.0.0/16 from root                -> outside_parent
            claim   c prefix 11.0.0.0/16 from root                -> Failed:OutsideParent
            child   d prefix 11.0.0.0/16 from root                -> OutsideParent
            """)
    }

    @Test func `D8, D9: a result never changes, and is never given to two`() throws {
        try scenario(
            """
            root    root 10.0.0.0/30                              -> allocated
            child   a    family IPv4 length 31 from root          -> 10.0.0.0/31
            child   a    family IPv4 length 31 from root          -> 10.0.0.0/31
            claim   b    family IPv4 length 31 from root          -> 10.0.0.2/31
            claim   b    family IPv4 length 31 from root          -> 10.0.0.2/31
            claim   c    family IPv4 length 32 from root          -> NoRoom
            used    root                                          -> 10.0.0.0/31 10.0.0.2/31
            """)
    }

    @Test func `D10: what is used follows from the allocations, also after a recovery`() throws {
        var run = ScenarioRun()
        for line in ["root root 10.0.0.0/24", "request a length 26 from root", "release a"] {
            _ = run.perform(line.words)
        }
        #expect(run.perform("used root".words) == "nothing")
        #expect(run.isReplayable)
    }

    @Test func `D11: those who wait for a deleted parent wait for the next one`() throws {
        try scenario(
            """
            root    root 10.0.0.0/31                              -> allocated
            request a    prefix 10.0.0.0/32 from root             -> 10.0.0.0/32
            request b    prefix 10.0.0.1/32 from root             -> 10.0.0.1/32
            claim   c    family IPv4 length 32 from root          -> NoRoom
            delete  prefix/root prefixallocation/a prefixallocation/b -> deleted
            show    prefixallocation/c                            -> ParentNotFound
            root    root 10.1.0.0/24                              -> allocated
            show    prefixallocation/c                            -> 10.1.0.0/32
            """)
    }

    @Test func `D12: a named parent must carry the selected labels too`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24 label t=p                      -> allocated
            claim a    family IPv4 length 26 from root select t=q -> ParentNotSelected
            label root t=q                                        -> configured
            show  prefixallocation/a                              -> 10.0.0.0/26
            """)
    }

    @Test func `D13: who gets nothing is told why, and what would fit`() throws {
        var run = ScenarioRun()
        for line in ["root root 10.0.0.0/24", "request a length 25 from root"] {
            _ = run.perform(line.words)
        }
        _ = run.perform("request b length 26 from root".words)
        let request = Command.Request(name: "c", prefixLength: 25, parent: "root")
        let refusal = #expect(throws: Refusal.self) { try run.execute(.request(request)) }
        #expect(
            refusal?.sentence == "there is no room for a /25 in root; the largest free block is "
                + "10.0.0.192/26")
    }

    @Test func `D14: overlapping roots are taken, and a check shows them`() throws {
        var run = ScenarioRun()
        for line in ["root a 10.0.0.0/8", "root b 10.1.0.0/16", "root c 11.0.0.0/8"] {
            #expect(run.perform(line.words) == "allocated")
        }
        guard case .checked(let checked) = try run.state.answer(.check, by: administrator).answer
        else { return }
        #expect(checked.violations == [])
        #expect(
            checked.warnings == [
                "namespace default: the root b (10.1.0.0/16) overlaps a (10.0.0.0/8)"
            ])
    }

    @Test func `D15: a parent that was made anew and waits is no parent yet`() throws {
        try scenario(
            """
            root    root 10.0.0.0/24                              -> allocated
            child   mid  family IPv4 length 8 select t=none       -> NoSuitableParent
            claim   a    family IPv4 length 26 from mid           -> ParentNotAllocated
            delete  prefix/mid                                    -> deleted
            show    prefixallocation/a                            -> ParentNotFound
            child   mid  family IPv4 length 25 from root          -> 10.0.0.0/25
            show    prefixallocation/a                            -> 10.0.0.0/26
            """)
    }

    @Test func `D17: a request can wait for a parent that comes`() throws {
        try scenario(
            """
            root    else 10.1.0.0/24                              -> allocated
            request a length 26 select t=p wait 1000              -> waits
            label   else t=p                                      -> configured
            told    a                                             -> 10.1.0.0/26
            """)
    }

    @Test func `D19: a range can be kept from being given out`() throws {
        try scenario(
            """
            root    root 10.0.0.0/30 reserved 10.0.0.0/31 excluded 10.0.0.3 -> allocated
            request a length 32 from root                         -> 10.0.0.2/32
            request b length 32 from root                         -> no_room
            request b prefix 10.0.0.1/32 from root                -> 10.0.0.1/32
            """)
    }

    @Test func `D20: a length of 0 is not an absent one`() throws {
        try scenario(
            """
            root    all  0.0.0.0/0                                -> allocated
            claim   a    family IPv4 length 0 from all            -> invalid
            request b    length 0 from all                        -> invalid
            request c    length 1 from all                        -> 0.0.0.0/1
            """)
    }
}
