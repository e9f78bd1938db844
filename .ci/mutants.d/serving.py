"""Faults between the daemon and its clients."""

from mutant import Mutant

SERVING = [
    Mutant(
        "frame-length-unbounded", "the length of a frame is not bounded",
        ["IPAMWireTests.VectorTests", "what is malformed ends as its vector says"],
        [("Sources/IPAMWire/Frame.swift", "guard bodyBytes <= frameBytesMax - byteCount else {",
          "guard bodyBytes < Int.max - frameBytesMax else {")]),
    Mutant(
        "reader-sees-unsynced", "a reader sees a change that is not durable yet",
        ["ipamdTests.`Start and end`", "nobody hears of what is not durable yet"],
        [("Sources/ipamd/Service.swift",
          "                throw damaged\n            }\n"
          "            append(.reply(reply), correlation, connection)\n",
          "                throw damaged\n            }\n"
          "            var bytes = ByteWriter()\n"
          "            connection.session.write(.reply(reply), to: correlation, into: &bytes)\n"
          "            connection.answer(bytes.bytes, to: correlation)\n")]),
    Mutant(
        "lost-answers-leave", "what is not durable counts as if it were",
        ["ipamdTests.`Start and end`", "nobody hears of what is not durable yet"],
        [("Sources/ipamd/Service.swift",
          "if outcome.lsn <= durableLSN {", "if inFlight == nil {")]),
    # The simulator has the store's part of it; the order of batch and answer is the daemon's own.
    Mutant(
        "answer-before-commit", "an answer leaves before its batch is written",
        ["ipamdTests.`Start and end`", "nobody hears of what is not durable yet"],
        [("Sources/ipamd/Service.swift", "                inFlight = open.take()\n",
          "                send(open.take())\n                inFlight = Batch()\n")]),
    Mutant(
        "unknown-outcome-refused", "what may have been done is answered as certainly not done",
        ["ipamdTests.`Start and end`",
         "a journal that cannot be synced ends it with 2, and nobody hears of success"],
        [("Sources/ipamd/Batch.swift", "reply.answer.isOfCommand ? .change : .view",
          "reply.answer.isOfCommand ? .view : .change")]),
    Mutant(
        "role-by-gid", "a user is compared by the number of its group",
        ["ipamdTests.`Roles of users`", "a group has never the rights of the user of its number"],
        [("Sources/ipamd/Roles.swift", "role: role(uid: uid,", "role: role(uid: gid,")]),
    Mutant(
        "owner-by-gid", "an owner is compared by the number of its group",
        ["IPAMEngineTests.CommandTests", "an agent sees and ends its own allocations alone"],
        [("Sources/IPAMEngine/State+Request.swift", "guard existing.owner == caller.uid else {",
          "guard existing.owner == caller.gid else {")]),
    # What is decided and not answered has a weight, but that ends with the answer: what an answer
    # leaves in the output is bounded by looking at nothing more meanwhile.
    Mutant(
        "output-cap-not-enforced", "the bound of what a client leaves unread is not enforced",
        ["ipamdTests.`Bad input`",
         "a client that does not read is not read either, and nobody else waits"],
        [("Sources/ipamd/Connection.swift",
          "            && output.readableBytes < bounds.outputBytes\n"
          "            && context?.channel.isWritable == true\n    }\n",
          "    }\n")]),
]
