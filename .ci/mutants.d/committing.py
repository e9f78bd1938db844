"""Faults on the way of a change to the disk: journal, segments, checkpoints."""

from mutant import CRASH, FAIL, Mutant

STORE = "Sources/IPAMStore/"
JOURNAL_TESTS = "IPAMStoreTests.JournalTests"

COMMITTING = [
    Mutant(
        "ack-before-sync", "an answer leaves before fdatasync", CRASH,
        [(STORE + "Journal.swift", "            try disk.storeSync(segment)\n", "")]),
    Mutant(
        "no-directory-sync-after-rename", "no fsync of the directory after a renaming", CRASH,
        [(STORE + "Disk+Store.swift",
          "            try rename(file.name, to: newFile.name)\n            try syncDirectory()\n",
          "            try rename(file.name, to: newFile.name)\n")]),
    Mutant(
        "no-directory-sync-after-create", "no fsync of the directory after a creation", CRASH,
        [(STORE + "Disk+Store.swift",
          "            do throws(DiskError) { try syncDirectory() } "
          "catch { throw StoreError.disk(error) }\n", "")]),
    Mutant(
        "retry-failed-sync", "a failed fsync is tried again", FAIL,
        [(STORE + "Journal.swift", "            try disk.storeSync(segment)\n",
          "            do throws(StoreError) { try disk.storeSync(segment) } "
          "catch { try disk.storeSync(segment) }\n")]),
    # The event loop asks for nothing more after an error; what its thread was given before that
    # still runs, and finds a journal that refuses.
    Mutant(
        "poison-forgotten", "the journal goes on after a failed write",
        [JOURNAL_TESTS, "after an error nothing is written any more"],
        [(STORE + "Journal.swift",
          "            poisonedFile = segment.name\n            throw error\n        }\n"
          "        position.chain",
          "            throw error\n        }\n        position.chain")]),
    Mutant(
        "rotation-header-not-synced", "a new segment gets its name before its header is synced",
        CRASH,
        [(STORE + "Journal.swift", "            try disk.storeSync(next.file)\n", "")]),
    # The ledger reserves room before it decides, so the daemon never hands over a batch for which
    # there is none. The journal is the last one to look.
    Mutant(
        "batch-behind-the-end", "a batch is written behind the end of a full segment",
        [JOURNAL_TESTS, "a batch for which there is no room is refused before it is written"],
        [(STORE + "Journal.swift", "if space > room.currentBytes { try rotate(for: batch) }",
          "if space > room.currentBytes, spare != nil { try rotate(for: batch) }")]),
    Mutant(
        "old-checkpoint-before-new", "an old checkpoint is removed before the new one is durable",
        CRASH,
        [(STORE + "Checkpointer.swift",
          "            try disk.publish(unfinished, as: .checkpoint(header.generation))\n",
          "            _ = try disk.removeBefore(header.generation)\n"
          "            try disk.publish(unfinished, as: .checkpoint(header.generation))\n")]),
    # Removal has no fence of its own here. What plays its part is that the generation before the
    # newest stays until a still newer one is proven.
    Mutant(
        "removal-ignores-fence", "garbage collection ignores the fence", FAIL,
        [(STORE + "Checkpointer.swift", "removeBefore(job.previous)",
          "removeBefore(header.generation)")]),
    Mutant(
        "old-event-wins", "a checkpoint holds the first change of an object, and not the last",
        CRASH,
        [(STORE + "ChangeList.swift",
          "            changes[places[place]] = change\n", "            compact()\n")]),
    # A disk that loses power stores what it was given or does not: no crash makes this matter, and
    # only a disk that stores something else does.
    Mutant(
        "read-back-forgotten", "a checkpoint gets its name without having been read back",
        [JOURNAL_TESTS, "a checkpoint that reads back otherwise than written gets no name"],
        [(STORE + "Checkpointer.swift",
          "            try Self.prove(disk, header, resourceCount: count)\n",
          "            precondition(count < .max)\n")]),
    Mutant(
        "read-back-forgotten-at-start", "the checkpoint of a start is not read back",
        [JOURNAL_TESTS, "a start whose checkpoint reads back otherwise than written serves reads"],
        [(STORE + "Store.swift",
          "        try Checkpointer.prove(disk, header, resourceCount: count)\n",
          "        precondition(count < .max)\n")]),
    Mutant(
        "directory-fault-not-fatal", "the daemon goes on after a failed fsync of the directory",
        FAIL,
        [(STORE + "StoreError.swift", "error.operation == .syncDirectory",
          "error.operation == .lock")]),
    # Nothing is allocated for the time of a boot here. What is decided outside of a client's own
    # command is what a request gets that waited, within the command that made room.
    Mutant(
        "served-wait-not-recorded", "a boot-scoped allocation changes without a journal record",
        CRASH,
        [("Sources/IPAMEngine/State+Waiting.swift",
          "            outcome = .success(.allocated("
          "try decide(waiting.request, by: waiting.caller, &change)))\n",
          "            var aside = Change(lsn: change.lsn, now: change.now)\n"
          "            outcome = .success(.allocated("
          "try decide(waiting.request, by: waiting.caller, &aside)))\n")]),
    # The system calls are made by PosixDisk alone, which the simulator replaces.
    Mutant(
        "partial-write-is-complete", "a partial write is treated as complete",
        ["ipamdTests.`Start and end`", "a short write is not taken for a whole one"],
        [(STORE + "PosixDisk.swift", "                written += count\n",
          "                written = bytes.count\n")]),
]
