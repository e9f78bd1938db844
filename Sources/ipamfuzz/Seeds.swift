internal import IPAM
internal import IPAMEngine
internal import IPAMStore
internal import IPAMWire

/// Inputs that are good, from which the fuzzers begin. `.ci/fuzz` adds the vectors of the protocol
/// and the samples of manifests.
enum Seeds {
    static func seeds(of target: FuzzTarget) -> [[UInt8]] {
        switch target {
        case .request: requests
        case .reply: replies
        case .journal, .checkpoint: directories
        case .manifests: manifests.map { Array($0.utf8) }
        }
    }

    /// Documents that say everything that one can say.
    private static let manifests = [
        """
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: Prefix
        metadata:
          name: top
          namespace: team-a
          labels:
            tier: public
          annotations:
            note: "all"
        spec:
          ipFamily: IPv4
          prefix: 10.0.0.0/16
          policy:
            strategy: Sparse
            minPrefixLength: 20
            maxPrefixLength: 30
            defaultPrefixLength: 26
            reserved: [10.0.0.0/28, 10.0.0.17-10.0.0.20]
            excluded: [10.0.255.255]
            excludeNetworkAndBroadcast: true
            quota: 1024
            quotaPerOwner: /22
            ownerOnly: true

        """,
        """
        apiVersion: ipam.OpenKCM.dev/v1alpha1
        kind: Prefix
        metadata: {name: child, namespace: default}
        spec:
          ipFamily: IPv4
          prefixLength: 28
          parentRef:
            name: root
        ---
        apiVersion: ipam.ironcore.dev/v1alpha1
        kind: PrefixAllocation
        metadata:
          name: claim
        spec:
          ipFamily: IPv6
          prefixLength: 64
          prefixSelector:
            matchLabels:
              tier: public
            matchExpressions:
            - key: zone
              operator: NotIn
              values: [a, "b"]
            - key: tier
              operator: Exists

        """,
        """
        {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "ipam.ironcore.dev/v1alpha1", "kind": "Prefix",
        "metadata": {"name": "other"},
        "spec": {"prefix": "2001:db8:1::/48"}}
        ]}

        """,
    ]

    /// One connection that asks all that the workplace is made of.
    private static var requests: [[UInt8]] {
        var session = ClientSession(software: "seed")
        _ = session.hello()
        let agreement = Agreement(durableLSN: 1, incarnation: 7, role: .agent, server: "seed")
        let body = agreement.encoded
        let header = FrameHeader(
            opcode: Opcode.helloAnswer.rawValue, correlation: 1, bodyBytes: body.count)
        var stream: [UInt8] = []
        do {
            _ = try session.receive(Frame(header, body: body))
            for (command, _) in Workplace.commands {
                stream += try session.send(.command(command)).bytes
            }
            for request in ReplyRun.asked { stream += try session.send(request).bytes }
        } catch {
            preconditionFailure("The requests of our own are sent: \(error)")
        }
        return [[RequestRun.modeGreeted] + stream, [RequestRun.modeGreeted | 2] + stream]
    }

    /// The answers to what `ReplyRun` asks, as far as the state has them.
    private static var replies: [[UInt8]] {
        var session = ServerSession(role: .administrator, incarnation: 7, software: "seed")
        var seeds: [[UInt8]] = []
        let hello = Hello(software: "seed").encoded
        let header = FrameHeader(
            opcode: Opcode.hello.rawValue, correlation: 1, bodyBytes: hello.count)
        _ = session.receive(Frame(header, body: hello), durableLSN: 1)
        for (index, request) in ReplyRun.asked.enumerated() {
            guard case .query(let query) = request else { continue }
            let id = UInt64(index + 2)
            let body = request.encoded
            let header = FrameHeader(
                opcode: request.opcode.rawValue, correlation: id, bodyBytes: body.count)
            _ = session.receive(Frame(header, body: body), durableLSN: 1)
            let bytes: [UInt8]
            do throws(Refusal) {
                if case .status = query { continue }
                let reply = try Workplace.state.answer(query, by: Workplace.administrator)
                bytes = session.reply(reply, to: id)
            } catch {
                bytes = session.refuse(error, lsn: 1, to: id)
            }
            seeds.append([ReplyRun.modeGreeted | 8] + bytes)
        }
        return seeds
    }
}

extension Seeds {
    private static let directories = moments.map { RecipeMaker.recipe(of: $0).flatMap(\.bytes) }

    /// State directories at several times in the lives of three daemons.
    static let moments: [[String: [UInt8]]] = {
        let disk = MemoryDisk([:])
        var moments: [[String: [UInt8]]] = []
        do throws(StoreError) {
            for life in 1...3 {
                try live(on: disk, seed: UInt64(life), &moments)
            }
        } catch {
            preconditionFailure("A disk in memory does not fail: \(error)")
        }
        return moments
    }()

    private static func live(
        on disk: MemoryDisk, seed: UInt64, _ moments: inout [[String: [UInt8]]]
    ) throws(StoreError) {
        let opened = try Store.open(disk, StoreRun.settings(seed: seed), at: Workplace.now)
        guard case .ready(var ready) = opened else { return }
        ready.ledger.update(ready.journal.adopt(try ready.checkpointer.prepareSpare()))
        moments.append(disk.files)
        for (command, caller) in Workplace.commands + Workplace.laterCommands {
            do throws(Refusal) {
                _ = try ready.ledger.execute(command, by: caller, at: Workplace.now)
            } catch {
                continue
            }
            guard let batch = try ready.ledger.sealBatch() else { continue }
            ready.ledger.committed(try ready.journal.commit(batch))
            if batch.last.isMultiple(of: 2) { try ready.journal.seal() }
        }
        moments.append(disk.files)
        if let job = try ready.journal.beginCheckpoint() {
            moments.append(disk.files)
            ready.journal.finishCheckpoint(try ready.checkpointer.run(job, at: Workplace.now))
            ready.ledger.update(ready.journal.adopt(try ready.checkpointer.prepareSpare()))
        }
        moments.append(disk.files)
        if let job = try ready.journal.stop() {
            moments.append(disk.files)
            if seed.isMultiple(of: 2) {
                _ = try ready.checkpointer.run(job, at: Workplace.now)
                moments.append(disk.files)
            }
        }
    }
}
