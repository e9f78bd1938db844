import IPAM
import IPAMEngine
import Testing

/// Claims that wait for room, and requests that do so in their connections.
@Suite struct WaitingTests {
    @Test func `a waiting request is served by the command that makes room`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 31 from pods                         -> 10.0.0.0/31
            request b length 31 from pods                         -> 10.0.0.2/31
            request c length 31 from pods wait 1000               -> waits
            told    c                                             -> nothing
            release a                                             -> released
            told    c                                             -> 10.0.0.0/31
            show    prefixallocation/c                            -> 10.0.0.0/31
            """)
    }

    @Test func `who waits longest is served first, stored claims and requests alike`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 31 from pods                         -> 10.0.0.0/31
            request b length 31 from pods                         -> 10.0.0.2/31
            request first  length 32 from pods wait 1000          -> waits
            claim   second family IPv4 length 32 from pods        -> NoRoom
            request third  length 32 from pods wait 1000          -> waits
            release a                                             -> released
            told    first                                         -> 10.0.0.0/32
            show    prefixallocation/second                       -> 10.0.0.1/32
            told    third                                         -> nothing
            release b                                             -> released
            told    third                                         -> 10.0.0.2/32
            """)
    }

    @Test func `a wait ends with the reason of that moment, and leaves nothing behind`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 32 from gone wait 1000               -> waits
            withdraw a                                            -> parent_not_found
            show    prefixallocation/a                            -> absent
            request b length 31 select t=p wait 1000              -> waits
            delete  prefix/pods                                   -> deleted
            root    also 10.0.0.0/30 label t=p                    -> allocated
            told    b                                             -> 10.0.0.0/31
            """)
    }

    @Test func `what can never be is refused at once, and so is what becomes impossible`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 29 from pods wait 1000               -> request_too_large
            request b length 31 from none family IPv4 wait 1000   -> waits
            root    none 2001:db8::/64                            -> allocated
            told    b                                             -> other_family
            """)
    }

    @Test func `two waiting requests of one name get one answer`() throws {
        try scenario(
            """
            request a length 31 from pods wait 1000               -> unknown_namespace
            root    else 11.0.0.0/8                               -> allocated
            request a length 31 from pods wait 1000               -> waits
            request a length 31 from pods wait 1000               -> waits
            root    pods 10.0.0.0/30                              -> allocated
            told    a                                             -> 10.0.0.0/31
            used    pods                                          -> 10.0.0.0/31
            """)
    }

    @Test func `a request waits for a claim of its name, and ends when another took it`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/31                              -> allocated
            request a prefix 10.0.0.0/32 from pods                -> 10.0.0.0/32
            request b prefix 10.0.0.1/32 from pods                -> 10.0.0.1/32
            claim   c family IPv4 length 32 from pods             -> NoRoom
            request c length 32 from pods wait 1000               -> waits
            request d length 32 select t=p wait 1000              -> waits
            claim   d family IPv4 length 24 select t=p            -> NoSuitableParent
            label   pods t=q                                      -> configured
            told    c                                             -> nothing
            told    d                                             -> name_conflict
            release a                                             -> released
            told    c                                             -> 10.0.0.0/32
            """)
    }

    @Test func `a Prefix that a request asked for becomes a parent for those who wait`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a prefix 10.0.0.0/31 from pods                -> 10.0.0.0/31
            request b prefix 10.0.0.2/31 from pods                -> 10.0.0.2/31
            request net length 31 from pods divide yes wait 1000  -> waits
            request one length 32 from net wait 1000              -> waits
            release b                                             -> released
            told    net                                           -> 10.0.0.2/31
            told    one                                           -> 10.0.0.2/32
            """)
    }

    /// Half of the root is always free, but never a whole half, as small requests come and go:
    /// after `Limits.changesBeforeHold` changes the large claim keeps a block for itself.
    @Test func `a large claim that waits does not starve`() throws {
        var run = ScenarioRun()
        func perform(_ line: String) -> String { run.perform(line.words) }
        #expect(perform("root pods 10.0.0.0/28") == "allocated")
        for index in 0..<8 { _ = perform("request small-\(index) length 32 from pods") }
        #expect(perform("request settled prefix 10.0.0.8/32 from pods") == "10.0.0.8/32")
        #expect(perform("claim large family IPv4 length 29 from pods") == "NoRoom")
        var rounds = 0
        // The oldest goes and a new one comes, so that nearly everything is always in use.
        while perform("show prefixallocation/large") == "NoRoom", rounds < 2000 {
            #expect(perform("release small-\(rounds)") == "released")
            for _ in 0..<2 {
                _ = perform("request small-\(rounds + 8) length 32 from pods")
            }
            if rounds % 100 == 0 { #expect(run.state.violations() == []) }
            rounds += 1
        }
        #expect(perform("show prefixallocation/large") == "10.0.0.0/29")
        #expect(rounds * 2 > Limits.changesBeforeHold)
        #expect(rounds * 2 < 2 * Limits.changesBeforeHold)
        #expect(run.state.violations() == [])
    }

    @Test func `a claim keeps a block before younger ones are tried`() throws {
        try scenario(
            """
            root    r    2001:db8::/123                           -> allocated
            request a    prefix 2001:db8::4/126 from r            -> 2001:db8::4/126
            request b    prefix 2001:db8::14/126 from r           -> 2001:db8::14/126
            policy  r    quota 8                                  -> configured
            child   old  family IPv6 length 124 from r            -> QuotaReached
            pass    1001                                          -> passed
            claim   new  family IPv6 length 125 select {}         -> QuotaReached
            policy  r                                             -> configured
            show    prefixallocation/new                          -> 2001:db8::18/125
            """)
    }

    @Test func `a block inside a larger allocation is no block to keep`() throws {
        try scenario(
            """
            root    r 10.0.0.0/28                                 -> allocated
            child   p family IPv4 prefix 10.0.0.0/29 from r       -> 10.0.0.0/29
            child   q family IPv4 prefix 10.0.0.8/29 from r       -> 10.0.0.8/29
            request a prefix 10.0.0.0/32 from p                   -> 10.0.0.0/32
            request b prefix 10.0.0.4/32 from p                   -> 10.0.0.4/32
            request c prefix 10.0.0.8/30 from q                   -> 10.0.0.8/30
            request d prefix 10.0.0.12/30 from q                  -> 10.0.0.12/30
            claim   w family IPv4 length 30 select {}             -> NoRoom
            request x prefix 10.0.0.1/32 from p                   -> 10.0.0.1/32
            pass    1001                                          -> passed
            release x                                             -> released
            free    p             -> 10.0.0.5/32 10.0.0.6/31
            release a                                             -> released
            show    prefixallocation/w                            -> 10.0.0.0/30
            """)
    }

    @Test func `a Pending claim that is asked for gets the room that there is`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/31                              -> allocated
            request a prefix 10.0.0.0/32 from pods                -> 10.0.0.0/32
            request b prefix 10.0.0.1/32 from pods                -> 10.0.0.1/32
            request c length 32 from pods wait 1000               -> waits
            claim   c family IPv4 length 32 from pods             -> NoRoom
            batch   release a ; request c length 32 from pods     -> released, 10.0.0.0/32
            told    c                                             -> 10.0.0.0/32
            request d length 32 from pods wait 1000               -> waits
            claim   d family IPv4 length 32 from pods             -> NoRoom
            release b                                             -> released
            told    d                                             -> 10.0.0.1/32
            show    prefixallocation/d                            -> 10.0.0.1/32
            """)
    }

    @Test func `what a part of a batch ends keeps nothing from the next part`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/29                              -> allocated
            request a prefix 10.0.0.0/32 from pods                -> 10.0.0.0/32
            request b prefix 10.0.0.4/32 from pods                -> 10.0.0.4/32
            request c prefix 10.0.0.5/32 from pods                -> 10.0.0.5/32
            claim   w family IPv4 length 30 from pods             -> NoRoom
            pass    1001                                          -> passed
            release c                                             -> released
            batch   request x prefix 10.0.0.1/32 from pods        -> no_room
            batch   release w ; request x prefix 10.0.0.1/32 from pods ; release none -> not_found
            request x prefix 10.0.0.1/32 from pods                -> no_room
            batch   release w ; request x prefix 10.0.0.1/32 from pods -> released, 10.0.0.1/32
            """)
    }

    @Test func `what is kept for a claim is given to nobody, and back when it goes`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/28                              -> allocated
            request a prefix 10.0.0.0/32 from pods                -> 10.0.0.0/32
            request b prefix 10.0.0.8/32 from pods                -> 10.0.0.8/32
            request c prefix 10.0.0.9/32 from pods                -> 10.0.0.9/32
            claim   large family IPv4 length 29 from pods         -> NoRoom
            request wide length 29 from pods wait 1000            -> waits
            pass    1001                                          -> passed
            release c                                             -> released
            free    pods            -> 10.0.0.9/32 10.0.0.10/31 10.0.0.12/30
            request d prefix 10.0.0.4/32 from pods                -> no_room
            request e length 30 from pods                         -> 10.0.0.12/30
            delete  prefixallocation/large                        -> deleted
            request d prefix 10.0.0.4/32 from pods                -> no_room
            withdraw wide                                         -> no_room
            request d prefix 10.0.0.4/32 from pods                -> 10.0.0.4/32
            """)
    }
}

/// Several requests and releases as one change.
@Suite struct BatchTests {
    @Test func `a part sees what those before it did`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            root    six  2001:db8::/48                            -> allocated
            batch   request a length 31 from pods ; request a6 length 64 from six -> \
            10.0.0.0/31, 2001:db8::/64
            request b length 31 from pods                         -> 10.0.0.2/31
            batch   release a ; request c length 32 from pods     -> released, 10.0.0.0/32
            """)
    }

    @Test func `a part that is refused refuses all, and leaves no trace`() throws {
        try scenario(
            """
            root    pods 10.0.0.0/30                              -> allocated
            request a length 31 from pods                         -> 10.0.0.0/31
            claim   w family IPv4 length 31 from pods             -> 10.0.0.2/31
            claim   x family IPv4 length 32 from pods             -> NoRoom
            batch   release a ; request b length 30 from pods     -> request_too_large
            batch   release a ; release none                      -> not_found
            batch   request b length 32 from pods wait 5          -> malformed
            show    prefixallocation/x                            -> NoRoom
            used    pods                                          -> 10.0.0.0/31 10.0.0.2/31
            batch   release a ; request b length 31 from pods     -> released, 10.0.0.0/31
            """)
    }

    @Test func `the refusal says which part it was`() throws {
        var run = ScenarioRun()
        _ = run.perform("root pods 10.0.0.0/30".words)
        let parts: [Command.Batch.Part] = [
            .request(.init(name: "a", prefixLength: 31, parent: "pods")),
            .request(.init(name: "b", prefixLength: 31, parent: "none")),
        ]
        let refusal = #expect(throws: Refusal.self) {
            try run.execute(.batch(.init(parts: parts)))
        }
        #expect(refusal?.part == 1)
        #expect(refusal?.sentence.hasPrefix("part 2: there is no Prefix") ?? false)
    }
}
