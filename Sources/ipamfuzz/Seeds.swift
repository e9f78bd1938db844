#if FUZZER
    internal import Glibc
    internal import IPAM
    internal import IPAMEngine
    internal import IPAMStore
    internal import IPAMWire

    /// Inputs that are good, from which the fuzzers begin. The vectors of the protocol and the
    /// samples of manifests are added by `.ci/fuzz`.
    enum Seeds {
        static func write(to folder: String) {
            for (target, seeds) in [
                (FuzzTarget.request, requests), (.reply, replies), (.journal, directories),
                (.checkpoint, directories),
            ] {
                mkdir("\(folder)/\(target.rawValue)", 0o755)
                for (number, seed) in seeds.enumerated() {
                    write(seed, to: "\(folder)/\(target.rawValue)/seed-\(number)")
                }
            }
        }

        private static func write(_ bytes: [UInt8], to path: String) {
            guard let file = fopen(path, "w") else {
                Ipamfuzz.say("cannot write \(path)")
                exit(74)
            }
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }

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
        /// State directories at several times in the lives of two daemons.
        private static var directories: [[UInt8]] {
            let disk = MemoryDisk([:])
            var moments: [[String: [UInt8]]] = []
            do throws(StoreError) {
                for life in 1...3 {
                    try live(on: disk, seed: UInt64(life), &moments)
                }
            } catch {
                preconditionFailure("A disk in memory does not fail: \(error)")
            }
            return moments.map { RecipeMaker.recipe(of: $0).flatMap(\.bytes) }
        }

        private static func live(
            on disk: MemoryDisk, seed: UInt64, _ moments: inout [[String: [UInt8]]]
        ) throws(StoreError) {
            let opened = try Store.open(disk, StoreRun.settings(seed: seed), at: Workplace.now)
            guard case .ready(var ready) = opened else { return }
            ready.ledger.update(ready.journal.adopt(try ready.checkpointer.prepareSpare()))
            moments.append(disk.files)
            for (command, caller) in Workplace.commands + goodbyes {
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

        /// What the next life does otherwise.
        private static var goodbyes: [(Command, Caller)] {
            let agent = Workplace.caller(.agent)
            let administrator = Workplace.administrator
            return [
                (.release(.init(names: ["web-1"])), agent),
                (.request(.init(name: "web-3", prefixLength: 29, parent: "root")), agent),
                (.delete(.init(keys: [Workplace.key(.prefix, "net")])), administrator),
                (.release(.init(names: ["host"])), agent),
            ]
        }
    }

    /// The chunks from which a directory that the store wrote can be made again.
    enum RecipeMaker {
        static func recipe(of files: [String: [UInt8]]) -> [Chunk] {
            var chunks: [Chunk] = []
            let kinds: [StateFiles.Kind] = [.checkpoint, .journal]
            for generation in UInt64(1)..<64 {
                for kind in kinds {
                    guard let file = files[StateFiles.name(kind, generation)] else { continue }
                    chunks += self.chunks(of: file, kind)
                }
            }
            return chunks
        }

        private static func chunks(of file: [UInt8], _ kind: StateFiles.Kind) -> [Chunk] {
            var head = DirectoryRecipe.Head(kind == .journal ? .journal : .checkpoint)
            let isStop = file[...].number(at: 12, bytes: 4) == 1
            if isStop { head.flags |= 1 << 5 }
            // A first file may begin anywhere in the history.
            let lsn = file[...].number(at: 48, bytes: 8)
            if kind == .checkpoint, lsn > 0 {
                head.flags |= 1 << 1
                head.value = lsn
            }
            var chunks = [Chunk(head: head.bytes, body: [])]
            let seed = SlowCRC.seed(file[...].number(at: 64, bytes: 8))
            var offset = StateFiles.block
            while let found = StateFiles.frame(in: file, at: offset, seed: seed) {
                let step = DirectoryRecipe.Step(rawValue: UInt8(found.frame.kind) + 2)
                let items = StateFiles.items(of: found.frame) ?? []
                let fields = items.map { item in
                    FieldTree(
                        tag: 1,
                        // The number of a record follows from its place.
                        value: .bytes(Array(found.frame.kind == 1 ? item.dropFirst(10) : item[...])))
                }
                if let step {
                    let head = DirectoryRecipe.Head(step)
                    chunks.append(Chunk(head: head.bytes, body: FieldTree.bytes(of: fields)))
                }
                offset = found.end
            }
            return chunks
        }
    }
#endif
