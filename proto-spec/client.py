"""A client of ipamd, protocol version 1: a class `Client`, for any program.

A message is a dictionary with the field names of registry.json; client_fields.py says how its
values are written. Both files must lie beside this one.
"""

import base64
import concurrent.futures
import contextlib
import ipaddress
import queue
import secrets
import socket
import struct
import threading

from client_fields import REGISTRY, decode, encode

OPCODES = {message["name"]: message["opcode"] for message in REGISTRY["messages"]}
REFUSALS = {refusal["number"]: refusal["name"] for refusal in REGISTRY["refusals"]}
GOODBYES = {goodbye["number"]: goodbye["name"] for goodbye in REGISTRY["goodbyes"]}
VERSION, FRAME_BYTES, FRAME_BYTES_LEAST = 1, 65_536, 4_096
HEADER, MORE, ANSWER = (
    struct.Struct("<IBBHQ"),
    1,
    0x80,
)  # length of the body, opcode, flags, reserved, correlation id


class Refusal(Exception):
    """The server said no. But for the code `outcome_unknown`, nothing was changed."""

    def __init__(self, fields):
        self.code = REFUSALS.get(fields["code"], f"refusal {fields['code']}")
        self.sentence, self.lsn, self.faults, self.names = (
            fields[name] for name in ("sentence", "lsn", "fault", "name")
        )
        self.part = fields.get("part")  # of a batch: the position of the refused part, from 0
        super().__init__(f"{self.code}: {self.sentence}")


class ConnectionEnded(Exception):
    """A goodbye, or another end (`closed`). With `not_executed`, what has no answer was not; else
    it is in doubt."""

    def __init__(self, code, sentence, not_executed=False):
        self.code, self.sentence, self.not_executed = code, sentence, not_executed
        super().__init__(f"{code}: {sentence}")


class Watch:
    """Yields the events of a watch, each with `lsn` and a list `change`, until it is cancelled.
    Read on: what was not taken yet is kept in memory. `position`: from where to take it up again.
    """

    def __init__(self, client, future, after):
        self._client, self._future, self.position = client, future, after

    def __iter__(self):
        for event in iter(self._future.events.get, None):
            self.position = event["lsn"]
            yield event
        self.position = self._future.result()["lsn"]  # or why it has ended

    def cancel(self):
        """Ends the watch; its last events may still be there to be read."""
        return self._client.cancel(self._future)


class Client:
    """A connection for any threads. `submit` keeps many requests in flight, the others wait.
    `server`: the hello answer."""

    def __init__(self, path, frame_bytes=FRAME_BYTES, software="client.py 1"):
        """Connects and says hello; `frame_bytes` is the largest frame that this side accepts."""
        self._receives, self._sends, self._message_bytes = (
            frame_bytes,
            FRAME_BYTES_LEAST,
            FRAME_BYTES_LEAST,
        )
        self._waiting, self._end = (
            {},
            None,
        )  # message and Future by correlation id; why the connection has ended
        self._last_id, self._lock, self._slots = 0, threading.Lock(), threading.Semaphore(1)
        self._cancel_slot = threading.Semaphore(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._stream = self._socket.makefile("rb", buffering=frame_bytes)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.server = self.submit(
                "hello", version=VERSION, frameBytesMax=frame_bytes, software=software
            ).result()
        except BaseException:
            self.close()
            raise
        self._sends, self._message_bytes = (
            self.server["frameBytesMax"],
            self.server["messageBytesMax"],
        )
        # One is kept: who waits and watches with all the others must still be able to cancel.
        self._slots = threading.Semaphore(max(1, self.server["requestsInFlightMax"] - 1))

    def close(self):
        """Ends the connection; what has no answer is in doubt."""
        self._finish(ConnectionEnded("closed", "this side closed the connection"))
        self._reader.join()
        self._stream.close()
        self._socket.close()

    def submit(self, message, **fields):
        """Sends a request and returns a Future of its answer; its `correlation` is for `cancel`.
        Blocks while as many as agreed are in flight."""
        body = encode(message, fields)
        if len(body) > self._message_bytes:
            raise ValueError(
                f"{message} has {len(body)} bytes; the server takes {self._message_bytes}"
            )
        slots = self._cancel_slot if message == "cancel" else self._slots
        future = concurrent.futures.Future()
        future.events = queue.SimpleQueue()
        slots.acquire()
        future.add_done_callback(lambda _: (slots.release(), future.events.put(None)))
        with self._lock:
            self._last_id += 1
            future.correlation = self._last_id
            self._waiting[self._last_id] = message, future
            try:
                self._socket.sendall(self._frames(OPCODES[message], self._last_id, body))
            except OSError as error:  # the goodbye that says why may still be unread
                self._reader.join(timeout=5)
                self._finish(ConnectionEnded("closed", str(error)))
        return future

    def apply(self, manifests, dry_run=False):
        """Creates or updates what manifests (see `manifest`) say, all or none."""
        return self.submit("apply", manifest=manifests, dryRun=dry_run).result()

    def request(self, namespace, name=None, **fields):
        """Asks for one allocation: prefix, prefixLength, addresses or none of them; parent,
        selector or anyParent; family, parentStrategy, labels, asPrefix, waitMilliseconds, dryRun.
        """
        name = (
            name
            or "alloc-" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        )
        return self.submit("request", namespace=namespace, name=name, **fields).result()

    def release(self, namespace, names=(), blocks=(), selector=None, parent=None, **flags):
        """Ends allocations by name, by block and by labels, all or none; ignoreMissing, dryRun."""
        return self.submit(
            "release",
            namespace=namespace,
            name=names,
            block=blocks,
            selector=selector,
            parent=parent,
            **flags,
        ).result()

    def delete(self, keys, **flags):
        """Deletes the objects of some keys (kind, namespace, name), all or none; ignoreMissing,
        dryRun."""
        return self.submit("delete", key=keys, **flags).result()

    def batch(self, parts, dry_run=False):
        """Requests and releases as one change; a part is {"request": {...}} or {"release": {...}}.
        Returns what came of each, {"allocated": {...}} or {"released": {...}}."""
        return self.submit("batch", part=parts, dryRun=dry_run).result()["part"]

    def list(self, kind, namespace=None, names=(), selector=None, limit=None):
        """Yields the objects of a kind, page by page; without namespace those of all."""
        return self._pages(
            "list", kind=kind, namespace=namespace, name=names, selector=selector, limit=limit
        )

    def used(self, namespace, name, limit=None):
        """Yields the blocks taken in a Prefix, page by page."""
        return self._pages("used", namespace=namespace, name=name, limit=limit)

    def explain(self, namespace, limit=None, **fields):
        """Asks why a request (see there) would, or would not, be served: `placement` or
        `explanation`, and each `candidate`."""
        wanted = {"namespace": namespace, "name": "", **fields}
        pages = list(self._answers("explain", request=wanted, limit=limit))
        return {**pages[0], "candidate": [each for page in pages for each in page["candidate"]]}

    def usage(self, namespace=None, names=(), limit=None):
        """Yields what is used and free in Prefixes; see `figures` for what can be made of it."""
        return self._pages("usage", namespace=namespace, name=names, limit=limit)

    def who(self, prefix, limit=None):
        """Yields the objects that have an address or a prefix, chain by chain from each root."""
        for page in self._answers("who", prefix=prefix, limit=limit):
            yield from page["resource"]

    def watch(self, kind, after, incarnation=None, namespace=None, selector=None):
        """Asks for each change behind a position, which is of this server's incarnation unless
        given. Returns a Watch."""
        future = self.submit(
            "watch",
            kind=kind,
            namespace=namespace,
            selector=selector,
            after=after,
            incarnation=self.server["incarnation"] if incarnation is None else incarnation,
        )
        return Watch(self, future, after)

    def changes(self, kind, namespace=None, selector=None):
        """Yields the objects of a kind, and then each change to them without a gap: pairs of "put"
        and a listed item, or "removed" and a key."""
        known = {}
        while True:
            fields = {"kind": kind, "namespace": namespace, "selector": selector}
            pages = list(self._answers("list", **fields))
            listed = {
                tuple(item["resource"]["key"].values()): item
                for page in pages
                for item in page["item"]
            }
            for key in known.keys() - listed.keys():
                yield "removed", known[key]["resource"]["key"]
            yield from (("put", item) for item in listed.values())
            known = listed
            try:
                for event in self.watch(after=pages[0]["lsn"], **fields):
                    for change in event["change"]:
                        ((verb, what),) = change.items()
                        key = what if verb == "removed" else what["resource"]["key"]
                        known.pop(tuple(key.values()), None)
                        if verb == "put":
                            known[tuple(key.values())] = what
                        yield verb, what
                return
            except Refusal as refusal:
                if refusal.code != "compacted":
                    raise

    def cancel(self, future):
        """Ends a watch or a request that waits; False if there was nothing to end. What came of it
        says its own answer."""
        return "found" in self.submit("cancel", correlation=future.correlation).result()

    def status(self):
        """Asks how the server is."""
        return self.submit("status").result()

    def check(self):
        """Asks the server to prove its invariants."""
        return self.submit("check").result()

    def _pages(self, message, **fields):
        """Yields the items of all pages."""
        for page in self._answers(message, **fields):
            yield from page["item"]

    def _answers(self, message, **fields):
        """Yields all pages; only one without `next` is the last."""
        page = {"next": None}
        while "next" in page:
            page = self.submit(message, after=page["next"], **fields).result()
            yield page

    def _frames(self, opcode, correlation, body):
        """The frames of a message, joined."""
        size, parts = self._sends - HEADER.size, []
        for start in range(0, max(len(body), 1), size):
            part, more = body[start : start + size], start + size < len(body)
            parts += HEADER.pack(len(part), opcode, MORE if more else 0, 0, correlation), part
        return b"".join(parts)

    def _read(self):
        """The reader's thread: gives every answer to its request, until the connection ends."""
        try:
            while True:
                self._take(*self._message())
        except ConnectionEnded as end:
            self._finish(end)
        except Exception as error:  # whatever it is, nobody may wait for ever
            self._finish(
                ConnectionEnded("closed" if isinstance(error, OSError) else "bad_body", str(error))
            )

    def _message(self):
        """Opcode, correlation id and body of the next message. A goodbye may stand between any two
        frames."""
        begun, body, more = None, b"", True
        while more:
            length, opcode, flags, reserved, correlation = HEADER.unpack(self._bytes(HEADER.size))
            more, goodbye = flags & MORE, opcode == OPCODES["goodbye"]
            faults = {
                "frame_too_large": length > self._receives - HEADER.size,
                "unknown_flag": flags & ~MORE,
                "bad_frame": reserved or (more and not length),
                "fragments_mixed": begun not in (None, (opcode, correlation)) and not goodbye,
                "message_too_large": len(body) + length > self._message_bytes,
            }
            for code in filter(faults.get, faults):
                raise ConnectionEnded(code, "the server broke the rules of framing")
            begun, body = (opcode, correlation), (
                self._bytes(length) if goodbye else body + self._bytes(length)
            )
        return opcode, correlation, body

    def _bytes(self, count):
        """So many bytes of the connection."""
        content = self._stream.read(count)
        if len(content) < count:
            raise ConnectionEnded("closed", "the server closed the connection without a goodbye")
        return content

    def _take(self, opcode, correlation, body):
        """Gives an answer or refusal to its request, an event to its watch; raises a goodbye."""
        if opcode == OPCODES["goodbye"]:
            fields = decode("goodbye", body)
            code = GOODBYES.get(fields["code"], f"goodbye {fields['code']}")
            raise ConnectionEnded(code, fields["sentence"], "restNotExecuted" in fields)
        message, future = self._waiting.get(correlation, (None, None))
        refused, event = opcode == OPCODES["refusal"], opcode == OPCODES["event"]
        if event:
            fits = message == "watch"
        else:
            fits = future and (refused or opcode == OPCODES[message] | ANSWER)
        if not fits:
            raise ConnectionEnded(
                "unexpected_answer", f"opcode {opcode:#x}, correlation id {correlation}"
            )
        if event:
            return future.events.put(decode("event", body))
        fields = decode("refusal" if refused else f"{message} answer", body)
        if self._waiting.pop(correlation, None):
            future.set_exception(Refusal(fields)) if refused else future.set_result(fields)

    def _finish(self, end):
        """Ends the connection and tells everybody who waits why; the first reason stays."""
        self._end = self._end or end
        with contextlib.suppress(OSError):  # it may be closed already
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(KeyError):  # until none is left
            while True:
                self._waiting.popitem()[1][1].set_exception(self._end)


def figures(usage):
    """Addresses by use, the used share, and the fragmentation of one item of `usage`; None while
    the Prefix is Pending."""
    if "block" not in usage:
        return None
    block = ipaddress.ip_network(usage["block"])
    addresses = {
        use: sum(each["count"] << block.max_prefixlen - each["length"] for each in usage[use])
        for use in ("used", "free", "reserved", "excluded", "held")
    }
    largest = ipaddress.ip_network(usage["largestFree"]).num_addresses if addresses["free"] else 0
    possible = 1 << addresses["free"].bit_length() - 1 if addresses["free"] else 0
    return {
        **addresses,
        "usedShare": addresses["used"] / block.num_addresses,
        "fragmentation": 1 - largest / possible if possible else 0.0,
    }
