"""Faults of a start: what is read, what is believed, what is made of it."""

from mutant import CRASH, FAIL, ROT, Mutant

STORE = "Sources/IPAMStore/"
RECOVERY_TESTS = "IPAMStoreTests.RecoveryTests"

RECOVERING = [
    Mutant(
        "append-to-old-segment", "a start appends to the segment of the last daemon", CRASH,
        [(STORE + "Replay.swift", "        var tornBytes: [UInt8] = []\n",
          "        var tornBytes: [UInt8] = []\n        var last: (FileHeader, UInt64)?\n"),
         (STORE + "Replay.swift", "        outcome.position = scan.position\n",
          "        outcome.position = scan.position\n"
          "        outcome.last = (header, scan.offset)\n"),
         (STORE + "Store.swift",
          "            let journal = try publish(disk, try prepared.get(), &outcome)\n",
          "            let journal: Journal\n"
          "            if let (header, offset) = outcome.last, outcome.tornBytes.isEmpty,\n"
          "                header.generation == outcome.recovery.checkpointGeneration\n"
          "            {\n"
          "                let segment = try disk.reader(.journal(header.generation)).1\n"
          "                journal = Journal(\n"
          "                    disk, settings, header, segment, offset, outcome.position)\n"
          "            } else {\n"
          "                journal = try publish(disk, try prepared.get(), &outcome)\n"
          "            }\n"),
         (STORE + "Journal.swift", "    /// The last durable change, and the room for more.\n",
          "    init(\n"
          "        _ disk: any Disk, _ settings: StoreSettings, _ header: FileHeader,\n"
          "        _ segment: DiskFile, _ offset: UInt64, _ position: JournalPosition\n"
          "    ) {\n"
          "        self.init(\n"
          "            disk, settings, header: header, segment: segment,\n"
          "            checkpointGeneration: header.generation)\n"
          "        self.offset = offset\n"
          "        self.position = position\n"
          "        hasBatches = true\n"
          "    }\n\n"
          "    /// The last durable change, and the room for more.\n")]),
    Mutant(
        "serve-before-recovery-sync", "a start serves before what it read is durable again", CRASH,
        [(STORE + "Checkpoint.swift", "mutating func finish() throws(StoreError) -> UInt64 {",
          "mutating func finish(isSynced: Bool = true) throws(StoreError) -> UInt64 {"),
         (STORE + "Checkpoint.swift",
          "        try write(.end)\n        try disk.storeSync(handle)\n",
          "        try write(.end)\n        if isSynced { try disk.storeSync(handle) }\n"),
         (STORE + "Checkpointer.swift", "let size = try writer.finish()",
          "let size = try writer.finish(isSynced: false)")]),
    Mutant(
        "name-before-second-look", "a new generation is named before the second look has ended",
        [RECOVERY_TESTS, "what only the second look refuses gets no name and keeps no room"],
        [(STORE + "Store.swift",
          "                    try prepare(disk, settings, &outcome, at: now)\n",
          "                    try begin(disk, settings, &outcome, at: now)\n"),
         (STORE + "Store.swift", "try publish(disk, try prepared.get(), &outcome)",
          "try prepared.get()")]),
    Mutant(
        "journal-name-first", "a start names its journal before the checkpoint that it follows",
        CRASH,
        [(STORE + "Store.swift",
          "            try disk.publish(.checkpointInProgress(generation), "
          "as: .checkpoint(generation))\n"
          "            try disk.publish(.journalInProgress(generation), "
          "as: .journal(generation))\n",
          "            try disk.publish(.journalInProgress(generation), "
          "as: .journal(generation))\n"
          "            try disk.publish(.checkpointInProgress(generation), "
          "as: .checkpoint(generation))\n")]),
    Mutant(
        "seed-without-salt", "the check values are not seeded with the salt",
        ["IPAMStoreTests.FormatTests", "each salt makes another seed"],
        [(STORE + "FileHeader.swift",
          "        var bytes = [UInt8](repeating: 0, count: 8)\n"
          "        bytes.replace(at: 0, with: salt)\n"
          "        return CRC32C.checksum(bytes.span.bytes)\n",
          "        CRC32C.checksum([UInt8](repeating: 0, count: 8).span.bytes)\n")]),
    Mutant(
        "check-value-ignored", "a frame is believed whatever its check value", ROT,
        [(STORE + "Frame.swift",
          "            CRC32C.checksum(whole.span.extracting(droppingFirst: 4).bytes, "
          "after: seed) == check\n",
          "            CRC32C.checksum(whole.span.bytes, after: seed) == check "
          "|| !whole.isEmpty\n")]),
    Mutant(
        "skip-bad-record", "a bad frame is skipped, and the replay goes on behind it", ROT,
        [(STORE + "SegmentScan.swift", "    private var isStopped = false\n",
          "    private var isStopped = false\n    private var isSkipping = false\n"),
         (STORE + "SegmentScan.swift", "            try require(frame)\n",
          "            if isSkipping {\n"
          "                position = JournalPosition("
          "lsn: frame.first - 1, chain: frame.previous)\n"
          "                isSkipping = false\n"
          "            }\n"
          "            try require(frame)\n"),
         (STORE + "SegmentScan.swift",
          "                throw damaged(fault.sentence + \"; a whole frame follows at offset "
          "\\(later)\")\n",
          "                offset = later\n"
          "                isSkipping = true\n"
          "                return try next()\n")]),
    Mutant(
        "truncate-at-damage", "damage before the end is cut off like a torn end", ROT,
        [(STORE + "SegmentScan.swift",
          "            if let later = try laterFrame() {\n"
          "                throw damaged(fault.sentence + \"; a whole frame follows at offset "
          "\\(later)\")\n            }\n",
          "")]),
    Mutant(
        "replay-before-checkpoint", "records that the checkpoint holds are applied again", CRASH,
        [(STORE + "Replay.swift", "inventory.journals.filter { $0 >= generation }.sorted()",
          "inventory.journals.sorted()"),
         (STORE + "Replay.swift",
          "reader, header: header, expected: outcome.position, successor: successor)",
          "reader, header: header, expected: header.position, successor: successor)"),
         # Nothing in a journal's own header contradicts it any more; what it says of objects does.
         (STORE + "Replay.swift", "        state.advance(to: record.lsn)\n",
          "        if record.lsn > state.lsn { state.advance(to: record.lsn) }\n")]),
    # A name is the key by which a client asks again, and names stand in the objects themselves.
    # What is derived, and has to be rebuilt, is who waits.
    Mutant(
        "waiting-list-not-rebuilt", "the table of keys is not rebuilt by a start",
        [RECOVERY_TESTS, "claims that wait are tried again by the first command after a start"],
        [("Sources/IPAMEngine/State+Waiting.swift",
          "    package mutating func resumeWaiting() {\n"
          "        namespaces.visit { namespace in\n            if !namespace",
          "    package mutating func resumeWaiting() {\n"
          "        namespaces.visit { namespace in\n"
          "            if namespace.name.isEmpty, !namespace")]),
    # No mark is left of what was removed: a removal is a record, and a checkpoint is without it.
    Mutant(
        "removal-forgotten-at-replay", "a tombstone is forgotten by a start", CRASH,
        [(STORE + "Replay.swift", "        for event in record.events {\n",
          "        for event in record.events {\n"
          "            if case .remove = event { continue }\n")]),
    # The other thing that has to be remembered for it not to be given out twice.
    Mutant(
        "quarantine-forgotten", "a restored state is trusted after the next start",
        ["IPAMStoreTests.AdoptTests",
         "a quarantine lasts over starts and checkpoints, and so does its end"],
        [(STORE + "Replay.swift", "        state.isQuarantined = header.isQuarantined\n", "")]),
    # Crashes never mix the files of two histories; people who copy files do.
    Mutant(
        "position-ignored", "a journal is replayed that does not begin where the last one ended",
        [RECOVERY_TESTS, "a journal of another history is noticed by the position it begins in"],
        [(STORE + "SegmentScan.swift", "guard header.position == expected else",
          "guard header.position.lsn <= expected.lsn else")]),
    Mutant(
        "senseless-record-skipped", "a record that makes no sense is left out",
        [RECOVERY_TESTS, "a record with a right check value and no sense is damage, not a trap"],
        [(STORE + "Replay.swift",
          "                throw .damaged(\n"
          "                    file: file, offset: offset,\n"
          "                    sentence: \"change \\(record.lsn) makes no sense: \\(fault)\")\n",
          "                recovery.notes.append(\"\\(file) \\(offset) \\(fault)\")\n"
          "                continue\n")]),
    Mutant(
        "no-older-checkpoint", "the older checkpoint is never tried", ROT,
        [(STORE + "Replay.swift", "guard isCheckpointFault else { throw newestFault ?? error }",
          "guard isCheckpointFault, newest == 0 else { throw newestFault ?? error }")]),
    Mutant(
        "start-refused-when-full", "a start that cannot write shows nothing", FAIL,
        [(STORE + "Store.swift",
          "            return .readOnly(outcome.ledger(error), outcome.recovery, error)\n"
          "        }\n    }\n\n    private static func read",
          "            throw error\n        }\n    }\n\n    private static func read")]),
]
