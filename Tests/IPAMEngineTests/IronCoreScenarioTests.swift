import Testing

/// IronCore's controller cases (C1 to C7) and samples (S1 to S3), as tables.
@Suite struct IronCoreScenarioTests {
    @Test func `C1: a root is Allocated by itself and nothing is used`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24                      -> allocated
            used  root                                  -> nothing
            show  prefixallocation/root.prefix          -> absent
            """)
    }

    @Test func `C2: a child of a named parent controls one allocation`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24                                -> allocated
            child child family IPv4 length 28 from root           -> 10.0.0.0/28
            used  root                                            -> 10.0.0.0/28
            used  child                                           -> nothing
            show  prefixallocation/child.prefix                   -> 10.0.0.0/28
            """)
    }

    @Test func `C3: a child larger than its parent stays Pending, its allocation Failed`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24                                -> allocated
            child child family IPv4 length 8 from root            -> TooLarge
            show  prefixallocation/child.prefix                   -> Failed:TooLarge
            used  root                                            -> nothing
            """)
    }

    @Test func `C4: a child waits for the parent that its selector means`() throws {
        try scenario(
            """
            child child family IPv4 length 28 select foo=bar      -> NoSuitableParent
            root  plain 10.0.0.0/24                               -> allocated
            show  prefix/child                                    -> NoSuitableParent
            root  labelled 10.0.0.0/24 label foo=bar              -> allocated
            show  prefix/child                                    -> 10.0.0.0/28
            used  labelled                                        -> 10.0.0.0/28
            used  plain                                           -> nothing
            show  prefixallocation/child.prefix                   -> 10.0.0.0/28
            """)
    }

    @Test func `C5: the family of a child follows from its prefix`() throws {
        try scenario(
            """
            root  root 10.0.0.0/8                                 -> allocated
            child child prefix 10.0.0.0/9 from root               -> 10.0.0.0/9
            """)
    }

    @Test func `C6 and C7: a child as large as its parent is not Allocated`() throws {
        try scenario(
            """
            root  root 10.0.0.0/8                                 -> allocated
            child same prefix 10.0.0.0/8 from root                -> TooLarge
            child long family IPv4 length 8 from root             -> TooLarge
            used  root                                            -> nothing
            """)
    }

    @Test func `S1: two halves fill a root`() throws {
        try scenario(
            """
            root  root 10.0.0.0/8 label subnet-type=public                      -> allocated
            child customer-1 family IPv4 length 9 select subnet-type=public     -> 10.0.0.0/9
            child customer-2 family IPv4 length 9 select subnet-type=public     -> 10.128.0.0/9
            child customer-3 family IPv4 length 9 select subnet-type=public     -> NoRoom
            used  root                                             -> 10.0.0.0/9 10.128.0.0/9
            """)
    }

    @Test func `S2: the same for IPv6`() throws {
        try scenario(
            """
            root  root 2000::/8 label subnet-type=public                        -> allocated
            child customer-1 family IPv6 length 9 select subnet-type=public     -> 2000::/9
            child customer-2 family IPv6 length 9 select subnet-type=public     -> 2080::/9
            """)
    }

    @Test func `S3: of two roots with equal room the lower one is first`() throws {
        try scenario(
            """
            root  b 11.0.0.0/8 label t=p                            -> allocated
            root  a 10.0.0.0/8 label t=p                            -> allocated
            child one family IPv4 length 9 select t=p               -> 10.0.0.0/9
            child two family IPv4 length 9 select t=p               -> 10.128.0.0/9
            child three family IPv4 length 9 select t=p             -> 11.0.0.0/9
            """)
    }

    @Test func `the document of OpenKCM asks a slash 24 for a slash 9 and waits`() throws {
        try scenario(
            """
            root  root 10.0.0.0/24 label root-prefix=customer-1                  -> allocated
            child child-prefix family IPv4 length 9 select root-prefix=customer-1 -> NoSuitableParent
            show  prefixallocation/child-prefix.prefix                           -> NoSuitableParent
            """)
    }
}
