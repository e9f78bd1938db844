"""A client of ipamd, protocol version 1: a class `Client`, for any program.

A message is a dictionary with the field names of registry.json, which must lie beside this file.
In it an enumeration is its name, a prefix is text (`10.0.0.0/8`), a flag is True, labels are a
dictionary, and a repeated field is a list.
"""

import base64
import concurrent.futures
import contextlib
import ipaddress
import json
import pathlib
import secrets
import socket
import struct
import threading

REGISTRY = json.loads(pathlib.Path(__file__).with_name("registry.json").read_text(encoding="utf-8"))
SIZES = {type_["name"]: type_["bytes"] for type_ in REGISTRY["types"]}
NUMBERS = {
    type_["name"]: {value["name"]: value["number"] for value in type_["values"]}
    for type_ in REGISTRY["enumerations"]
}
NAMES = {
    type_: {number: name for name, number in values.items()} for type_, values in NUMBERS.items()
}
FIELDS = {shape["name"]: shape["fields"] for shape in REGISTRY["structures"] + REGISTRY["messages"]}
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
        super().__init__(f"{self.code}: {self.sentence}")


class ConnectionEnded(Exception):
    """A goodbye, or another end (`closed`). With `not_executed`, what has no answer was not; else
    it is in doubt."""

    def __init__(self, code, sentence, not_executed=False):
        self.code, self.sentence, self.not_executed = code, sentence, not_executed
        super().__init__(f"{code}: {sentence}")


def encode(shape, values):
    """The bytes of a message or structure; None and False are left out."""
    parts, unknown = [], values.keys() - {field["name"] for field in FIELDS[shape]}
    if unknown:
        raise ValueError(f"{shape} has no field {', '.join(sorted(unknown))}")
    for field in FIELDS[shape]:  # the registry has them in ascending order
        value = values.get(field["name"])
        if value is None or value is False:
            if field["required"]:
                raise ValueError(f"{shape} needs {field['name']}")
            continue
        for item in value if field["repeated"] else [value]:
            try:
                content = encode_value(field["type"], item)
            except (OverflowError, TypeError, AttributeError, KeyError) as error:
                raise ValueError(f"{field['name']}: {item!r} is no {field['type']}") from error
            parts += (
                bytes([field["number"] | field["critical"] << 7]),
                encode_varint(len(content)),
                content,
            )
    return b"".join(parts)


def encode_value(type_, value):
    """The bytes of one value. Whether a prefix has host bits is for the server to judge."""
    if type_ == "labels":
        value = {
            "label": [{"key": key, "value": value[key]} for key in sorted(value, key=str.encode)]
        }
    elif type_ == "selector":
        value = {**value, "matchLabels": value.get("matchLabels") or None}
    elif type_ == "requirement":
        value = {**value, "value": sorted(value.get("value") or [], key=str.encode)}
    if type_ in FIELDS:
        return encode(type_, value)
    if type_ in NUMBERS:
        return bytes([NUMBERS[type_][value]])
    if type_ in ("text", "flag"):
        return value.encode() if type_ == "text" else b""
    if type_ == "prefix":
        interface = ipaddress.ip_interface(value)
        return bytes([interface.version, interface.network.prefixlen]) + interface.packed
    return value.to_bytes(SIZES[type_], "little", signed=type_ == "i64")


def encode_varint(number):
    """The shortest LEB128 of a length."""
    return (
        bytes([number])
        if number < 0x80
        else bytes([number & 0x7F | 0x80]) + encode_varint(number >> 7)
    )


def decode(shape, body):
    """The dictionary of some bytes: an absent repeated field is an empty list, others that are
    absent are not there."""
    known = {field["number"]: field for field in FIELDS[shape]}
    values = {field["name"]: [] for field in FIELDS[shape] if field["repeated"]}
    start = last = 0
    while start < len(body):
        number, critical = body[start] & 0x7F, body[start] & 0x80
        field = known.get(number)
        length, start = decode_varint(body, start + 1)
        content, start = body[start : start + length], start + length
        again = number == last and field and not field["repeated"]
        if start > len(body) or number == 0 or number < last or again or (critical and not field):
            raise ValueError(
                f"{shape}: field {number} is cut off, out of order, there twice, "
                "or critical and unknown"
            )
        last = number
        if field and field["repeated"]:
            values[field["name"]].append(decode_value(field["type"], content))
        elif field:
            values[field["name"]] = decode_value(field["type"], content)
    if any(field["required"] and field["name"] not in values for field in FIELDS[shape]):
        raise ValueError(f"{shape}: a required field is missing")
    return values


def decode_value(type_, content):
    """The value of some bytes."""
    if type_ == "labels":
        return {label["key"]: label["value"] for label in decode(type_, content)["label"]}
    if type_ in FIELDS:
        return decode(type_, content)
    if type_ == "text":
        return content.decode()
    if type_ == "prefix":
        if (content[:1], len(content)) not in ((b"\4", 6), (b"\6", 18)):
            raise ValueError("a prefix has a wrong family or size")
        return str(ipaddress.ip_network((content[2:], content[1])))
    number = int.from_bytes(content, "little", signed=type_ == "i64")
    if len(content) != SIZES.get(type_, 1) or (type_ in NAMES and number not in NAMES[type_]):
        raise ValueError(f"{content.hex()} is no {type_}")
    return True if type_ == "flag" else NAMES[type_][number] if type_ in NAMES else number


def decode_varint(body, start):
    """A length, and the position behind it."""
    number = 0
    for index, byte in enumerate(body[start : start + 5]):
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80 and number < 1 << 32 and (byte or not index):
            return number, start + index + 1
    raise ValueError("a length is cut off, too large, or not the shortest")


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
        self._slots = threading.Semaphore(self.server["requestsInFlightMax"])

    def close(self):
        """Ends the connection; what has no answer is in doubt."""
        self._finish(ConnectionEnded("closed", "this side closed the connection"))
        self._reader.join()
        self._stream.close()
        self._socket.close()

    def submit(self, message, **fields):
        """Sends a request and returns a Future of its answer. Blocks while as many as agreed are
        in flight."""
        body = encode(message, fields)
        if len(body) > self._message_bytes:
            raise ValueError(
                f"{message} has {len(body)} bytes; the server takes {self._message_bytes}"
            )
        slots, future = self._slots, concurrent.futures.Future()
        slots.acquire()
        future.add_done_callback(lambda _: slots.release())
        with self._lock:
            self._last_id += 1
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
        """Asks for one allocation: prefix or prefixLength; parent, selector or anyParent; family,
        labels, dryRun."""
        name = (
            name
            or "alloc-" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        )
        return self.submit("request", namespace=namespace, name=name, **fields).result()

    def release(
        self, namespace, names=(), blocks=(), selector=None, parent=None, ignore_missing=False
    ):
        """Ends allocations by name, by block and by labels, all or none."""
        return self.submit(
            "release",
            namespace=namespace,
            name=names,
            block=blocks,
            selector=selector,
            parent=parent,
            ignoreMissing=ignore_missing,
        ).result()

    def delete(self, keys, ignore_missing=False):
        """Deletes the objects of some keys (kind, namespace, name), all or none."""
        return self.submit("delete", key=keys, ignoreMissing=ignore_missing).result()

    def list(self, kind, namespace=None, names=(), selector=None, limit=None):
        """Yields the objects of a kind, page by page; without namespace those of all."""
        return self._pages(
            "list", kind=kind, namespace=namespace, name=names, selector=selector, limit=limit
        )

    def used(self, namespace, name, limit=None):
        """Yields the blocks taken in a Prefix, page by page."""
        return self._pages("used", namespace=namespace, name=name, limit=limit)

    def status(self):
        """Asks how the server is."""
        return self.submit("status").result()

    def check(self):
        """Asks the server to prove its invariants."""
        return self.submit("check").result()

    def _pages(self, message, **fields):
        """Yields the items of all pages; only a page without `next` is the last."""
        page = {"next": None}
        while "next" in page:
            page = self.submit(message, after=page["next"], **fields).result()
            yield from page["item"]

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
        """Gives an answer or refusal to its request; raises a goodbye."""
        if opcode == OPCODES["goodbye"]:
            fields = decode("goodbye", body)
            code = GOODBYES.get(fields["code"], f"goodbye {fields['code']}")
            raise ConnectionEnded(code, fields["sentence"], "restNotExecuted" in fields)
        message, future = self._waiting.get(correlation, (None, None))
        refused = opcode == OPCODES["refusal"]
        if not future or not (refused or opcode == OPCODES[message] | ANSWER):
            raise ConnectionEnded(
                "unexpected_answer", f"opcode {opcode:#x}, correlation id {correlation}"
            )
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
