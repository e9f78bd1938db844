#!/usr/bin/env python3
"""Proves that client.py and the good vectors agree, and that it watches, waits and cancels.

client.py and codec.py share no code: each has its own way to read registry.json. The server here
is played by codec.py. Exit 1 and a line for each disagreement. Python 3.9 or later, standard
library only.
"""

import contextlib
import os
import socket
import sys
import tempfile
import threading

import client_fields
from client import Client, ConnectionEnded, Refusal, figures
from codec import HEADER, MORE, Registry
from vectors import load

FAULTS = []
REGISTRY = Registry()
VECTORS = {vector["name"]: vector for vector in load("good-*.json")}


def expect(name, found, wanted):
    if found != wanted:
        FAULTS.append(f"{name}: {found}, not {wanted}")


# The vectors.


def simple(kind, value):
    """A value as client.py has it, of one as the vectors have it."""
    if kind == "labels":
        return {label["key"]: label["value"] for label in value.get("label", [])}
    if kind == "u128":
        return int(value, 16)
    if kind not in REGISTRY.shapes:
        return value
    values = {}
    for field in REGISTRY.shapes[kind]["fields"]:
        given = value.get(field["name"])
        if field["repeated"]:
            values[field["name"]] = [simple(field["type"], each) for each in given or []]
        elif given is not None:
            values[field["name"]] = simple(field["type"], given)
    return values


def body_of(stream):
    """The body of a message, of all its frames."""
    body = b""
    while stream:
        length = HEADER.unpack(stream[: HEADER.size])[0]
        body += stream[HEADER.size : HEADER.size + length]
        stream = stream[HEADER.size + length :]
    return body


def check_vectors():
    for name, vector in VECTORS.items():
        fields = simple(vector["message"], vector["fields"])
        body = body_of(bytes.fromhex(vector["hex"]))
        expect(
            f"{name}, written", client_fields.encode(vector["message"], fields).hex(), body.hex()
        )
        expect(f"{name}, read", client_fields.decode(vector["message"], body), fields)
    said = {"namespace": "default", "name": "web-4", "parent": "rack-7"}
    plain = client_fields.encode("request", said)
    best_fit = client_fields.encode("request", {**said, "parentStrategy": "BestFit"})
    expect("what absence means is left out", best_fit, plain)


def check_figures():
    pending, root = fields_of("usage answer")["item"]
    all_of_it, empty = fields_of("usage answer, all of IPv6, the last page")["item"]
    expect("figures of a Pending Prefix", figures(pending), None)
    found = figures(root)
    expect("addresses", [found[use] for use in ("used", "free", "held")], [64, 158, 16])
    expect("used share", found["usedShare"], 0.25)
    expect("fragmentation, 64 of 128", found["fragmentation"], 0.5)
    expect("all of IPv6 but a /64", figures(all_of_it)["used"], (1 << 128) - (1 << 64))
    expect("fragmentation of one block", figures(empty)["fragmentation"], 0.0)


def fields_of(name):
    return simple(VECTORS[name]["message"], VECTORS[name]["fields"])


# Conversations.


class Server:
    """The other side of one connection: `script` says what comes in and what is said to it."""

    def __init__(self, path, script):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, args=(script,), daemon=True)
        self.thread.start()

    def serve(self, script):
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(10)
        try:
            for message, answers in [("hello", ["hello answer"]), *script]:
                said, correlation, fields = self.hear()
                expect("the server hears", said, message)
                for answer in answers:
                    meant, name = answer if isinstance(answer, tuple) else (correlation, answer)
                    self.say(fields["correlation"] if meant == "cancelled" else meant, name)
            expect("the server hears at last", self.peer.recv(1), b"")
        except (OSError, AssertionError) as error:
            FAULTS.append(f"the server: {error!r}")
        finally:
            self.peer.close()
            self.listener.close()

    def hear(self):
        header = HEADER.unpack(self.bytes(HEADER.size))
        assert not header[2] & MORE, "messages of one frame are enough here"
        message = REGISTRY.by_opcode[header[1]]["name"]
        return message, header[4], REGISTRY.decode(message, self.bytes(header[0]))

    def bytes(self, count):
        content = b""
        while len(content) < count:
            piece = self.peer.recv(count - len(content))
            assert piece, "the client has gone"
            content += piece
        return content

    def say(self, correlation, name):
        vector = VECTORS[name]
        body = REGISTRY.encode(vector["message"], vector["fields"])
        opcode = REGISTRY.messages[vector["message"]]["opcode"]
        self.peer.sendall(REGISTRY.frames(opcode, correlation, body, 4096))


@contextlib.contextmanager
def conversation(*script):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "s"), script)
        with contextlib.closing(Client(os.path.join(folder, "s"))) as client:
            yield client
        server.thread.join(timeout=10)


def check_questions():
    with conversation(
        ("explain", ["explain answer"]),
        ("explain", ["explain answer, no room"]),
        ("usage", ["usage answer"]),
        ("usage", ["usage answer, all of IPv6, the last page"]),
        ("who", ["who answer"]),
        ("who", ["who answer, nobody"]),
        ("batch", ["refusal of the second part of a batch"]),
        ("batch", ["batch answer"]),
    ) as client:
        explained = client.explain("default", prefixLength=26, anyParent=True)
        expect("explain", explained["placement"]["block"], "10.0.0.64/26")
        expect("candidates", [each["parent"] for each in explained["candidate"]][-1], "root")
        names = [item["key"]["name"] for item in client.usage()]
        expect("usage", names, ["child", "root", "all", "empty"])
        found = [resource["key"]["name"] for resource in client.who("10.0.0.5")]
        expect("who", found, ["root", "web-1"])
        part = {"release": {"namespace": "default", "name": ["web-1"]}}
        try:
            client.batch([part])
            FAULTS.append("batch: not refused")
        except Refusal as refusal:
            expect("batch refused", (refusal.code, refusal.part), ("no_room", 1))
        expect("batch", [list(each) for each in client.batch([part])][0], ["released"])


def check_watch():
    with conversation(
        ("list", ["list answer with policies"]),
        ("watch", ["event, a Prefix without room and a removal", "refusal compacted"]),
        ("list", ["list answer, empty"]),
        ("watch", ["event, only the position moves on", "event, the allocation is gone"]),
    ) as client:
        changes = client.changes("Prefix", namespace="default")
        heard = [next(changes) for _ in range(8)]
        verbs = [
            f"{verb} {(what.get('resource') or {'key': what})['key']['name']}"
            for verb, what in heard
        ]
        expect("changes", verbs[:4], ["put pods", "put rack-7", "put child", "removed root"])
        expect(
            "after compacted",
            sorted(verbs[4:7]),
            ["removed child", "removed pods", "removed rack-7"],
        )
        expect("changes at last", verbs[7], "removed web-1")


def check_cancel():
    cancelled = [("cancelled", "refusal cancelled"), "cancel answer"]
    with conversation(
        ("watch", ["event, only the position moves on"]),
        ("request", []),
        ("cancel", cancelled),
        ("cancel", [("cancelled", "watch answer"), "cancel answer"]),
        ("cancel", ["cancel answer, nothing to cancel"]),
    ) as client:
        watch = client.watch("Prefix", after=41)
        events = iter(watch)
        expect("an event", next(events)["lsn"], 300)
        expect("the position behind it", watch.position, 300)
        wanted = {"namespace": "default", "name": "a", "parent": "root", "prefixLength": 26}
        waiting = client.submit("request", **wanted, waitMilliseconds=1000)
        expect("cancel of a wait", client.cancel(waiting), True)
        expect("the wait", waiting.exception(timeout=10).code, "cancelled")
        expect("cancel of a watch", watch.cancel(), True)
        expect("its last events", list(events), [])
        expect("its position", watch.position, 300)
        expect("cancel again", watch.cancel(), False)


def check_unexpected_event():
    with conversation(("status", ["event, only the position moves on"])) as client:
        try:
            client.status()
            FAULTS.append("an event of no watch: taken")
        except ConnectionEnded as end:
            expect("an event of no watch", end.code, "unexpected_answer")


def main():
    checks = [check_vectors, check_figures, check_questions, check_watch, check_cancel]
    for check in [*checks, check_unexpected_event]:
        check()
    for sentence in FAULTS:
        print(sentence)
    print(f"{len(VECTORS)} good vectors, {len(FAULTS)} disagreements")
    sys.exit(1 if FAULTS else 0)


if __name__ == "__main__":
    main()
