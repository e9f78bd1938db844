#!/usr/bin/env python3
"""A client of ipamd, written from protocol.md and registry.json alone.

    from client import Client

    with Client("/run/ipamd/ipamd.sock") as client:
        answer = client.ask("request", namespace="default", name="web-1", prefixLength=26,
                            anyParent=True)
        print(answer["resource"]["placement"]["block"])

Values are as in the vectors: structures and messages are dicts by field name, enumerations
their names, prefixes text, flags True. Run as a program it is a small command line; see
client_cli.py. Python 3.9 or later, standard library only.
"""

import ipaddress
import json
import os
import socket
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "registry.json"), encoding="utf-8") as registry_file:
    REGISTRY = json.load(registry_file)
MESSAGES = {message["name"]: message for message in REGISTRY["messages"]}
OPCODES = {message["opcode"]: message for message in REGISTRY["messages"]}
STRUCTURES = {structure["name"]: structure["fields"] for structure in REGISTRY["structures"]}
NAMES = {each["name"]: {v["number"]: v["name"] for v in each["values"]}
         for each in REGISTRY["enumerations"]}
REFUSALS = {code["number"]: code["name"] for code in REGISTRY["refusals"]}
GOODBYES = {code["number"]: code["name"] for code in REGISTRY["goodbyes"]}
LIMITS = {limit["name"]: limit["value"] for limit in REGISTRY["limits"]}
INTEGERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "u128": 16, "i64": 8}
HEADER = struct.Struct("<IBBHQ")
MORE = 0x01
CRITICAL = 0x80


class Refused(Exception):
    """The server said no, and changed nothing (unless the code is outcome_unknown)."""

    def __init__(self, body):
        self.code = REFUSALS.get(body["code"], str(body["code"]))
        self.sentence = body["sentence"]
        self.faults = body.get("fault", [])
        self.names = body.get("name", [])
        self.lsn = body["lsn"]
        super().__init__(f"{self.code}: {self.sentence}")


class Unreachable(Exception):
    """No connection: certainly nothing was changed."""


class NotExecuted(Exception):
    """The server ended the connection and vouches that the request was not executed."""


class OutcomeUnknown(Exception):
    """The connection ended without an answer: ask again with the same name."""


class ProtocolError(Exception):
    """The server does not keep to the protocol."""


# Bodies.


def encode(fields, values):
    unknown = set(values) - {field["name"] for field in fields}
    if unknown:
        raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
    body = b""
    for field in fields:
        value = values.get(field["name"])
        if value is None or value is False:
            continue
        tag = field["number"] | (CRITICAL if field["critical"] else 0)
        for each in value if field["repeated"] else [value]:
            content = encode_value(field["type"], each)
            body += bytes([tag]) + encode_varint(len(content)) + content
    return body


def encode_value(kind, value):
    if kind in STRUCTURES:
        return encode(STRUCTURES[kind], value)
    if kind in NAMES:
        return bytes([next(n for n, name in NAMES[kind].items() if name == value)])
    if kind in INTEGERS:
        return value.to_bytes(INTEGERS[kind], "little", signed=kind == "i64")
    if kind == "text":
        return value.encode()
    if kind == "prefix":
        network = ipaddress.ip_network(value)
        return bytes([network.version, network.prefixlen]) + network.network_address.packed
    assert kind == "flag", kind
    return b""


def encode_varint(number):
    encoded = b""
    while number > 0x7f:
        encoded += bytes([number & 0x7f | 0x80])
        number >>= 7
    return encoded + bytes([number])


def decode(fields, body):
    """The values of a body; what the registry does not know is skipped unless critical."""
    known = {field["number"]: field for field in fields}
    values, position = {}, 0
    while position < len(body):
        tag = body[position]
        length, position = decode_varint(body, position + 1)
        content = body[position:position + length]
        if len(content) < length:
            raise ProtocolError("a field ends too early")
        position += length
        field = known.get(tag & ~CRITICAL)
        if field is None:
            if tag & CRITICAL:
                raise ProtocolError(f"field {tag & ~CRITICAL} is not known and critical")
            continue
        value = decode_value(field["type"], content)
        if field["repeated"]:
            values.setdefault(field["name"], []).append(value)
        else:
            values[field["name"]] = value
    for field in fields:
        if field["required"] and field["name"] not in values:
            raise ProtocolError(f"field {field['name']} is missing")
    return values


def decode_value(kind, content):
    try:
        if kind in STRUCTURES:
            return decode(STRUCTURES[kind], content)
        if kind in NAMES:
            return NAMES[kind][content[0]]
        if kind == "text":
            return content.decode()
        if kind == "prefix":
            return str(ipaddress.ip_network((content[2:], content[1])))
    except (ValueError, LookupError) as error:
        raise ProtocolError(f"{content.hex()} is no {kind}") from error
    if kind == "flag":
        return True
    if len(content) != INTEGERS[kind]:
        raise ProtocolError(f"{content.hex()} is no {kind}")
    number = int.from_bytes(content, "little", signed=kind == "i64")
    return hex(number) if kind == "u128" else number


def decode_varint(body, position):
    number = 0
    for shift in range(0, 35, 7):
        if position >= len(body):
            break
        number |= (body[position] & 0x7f) << shift
        position += 1
        if body[position - 1] < 0x80:
            return number, position
    raise ProtocolError("a length is none")


# The connection.


class Client:
    """One connection. `ask` waits for the answer; `send` and `receive` keep many in flight."""

    def __init__(self, path="/run/ipamd/ipamd.sock", timeout=5.0, software="client.py 1"):
        self.waiting = {}
        self.last_id = 0
        self.frame_bytes_max = LIMITS["frameBytesLeast"]
        self.message_bytes_max = LIMITS["messageBytesMax"]
        try:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(timeout)
            self.socket.connect(path)
        except OSError as error:
            raise Unreachable(f"{path}: {error.strerror or error}") from error
        try:
            self.hello = self.ask(
                "hello", version=REGISTRY["protocol"]["version"],
                frameBytesMax=LIMITS["frameBytesMax"], software=software)
        except (OutcomeUnknown, NotExecuted) as error:
            self.close()
            raise Unreachable(f"{path}: {error}") from error
        self.frame_bytes_max = min(self.hello["frameBytesMax"], LIMITS["frameBytesMax"])
        self.message_bytes_max = self.hello["messageBytesMax"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def ask(self, name, /, **fields):
        """Sends a request and waits for its answer; others in flight must not be."""
        asked = self.send(name, **fields)
        correlation, answer = self.receive()
        if correlation != asked:
            raise ProtocolError(f"{correlation} was answered, not {asked}")
        if isinstance(answer, Refused):
            raise answer
        return answer

    def send(self, name, /, **fields):
        """Sends a request; the correlation id that its answer will have."""
        message = MESSAGES[name]
        body = encode(message["fields"], fields)
        if len(body) > self.message_bytes_max:
            raise ValueError(f"{len(body)} bytes; the server takes {self.message_bytes_max}")
        self.last_id += 1
        most = self.frame_bytes_max - HEADER.size
        stream = b""
        while True:
            piece, body = body[:most], body[most:]
            stream += HEADER.pack(
                len(piece), message["opcode"], MORE if body else 0, 0, self.last_id) + piece
            if not body:
                break
        self.waiting[self.last_id] = message["opcode"]
        try:
            self.socket.sendall(stream)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server may have said goodbye, and `receive` reads what it said.
        except OSError as error:
            raise OutcomeUnknown(str(error)) from error
        return self.last_id

    def receive(self):
        """The next answer: its correlation id, and its fields or a Refused."""
        opcode, correlation, body = self._message()
        message = OPCODES.get(opcode)
        if message is None:
            raise ProtocolError(f"opcode {opcode:#04x} was not agreed on")
        fields = decode(message["fields"], body)
        if message["name"] == "goodbye":
            code = GOODBYES.get(fields["code"], fields["code"])
            kind = NotExecuted if fields.get("restNotExecuted") else OutcomeUnknown
            raise kind(f"{code}: {fields['sentence']}")
        asked = self.waiting.pop(correlation, None)
        if message["name"] == "refusal" and asked is not None:
            return correlation, Refused(fields)
        if asked is None or opcode != asked | 0x80:
            raise ProtocolError(f"opcode {opcode:#04x} answers nothing that was asked")
        return correlation, fields

    def _message(self):
        first, body = None, b""
        while True:
            length, opcode, flags, reserved, correlation = HEADER.unpack(self._bytes(HEADER.size))
            if length > LIMITS["frameBytesMax"] - HEADER.size or flags & ~MORE or reserved:
                raise ProtocolError("the header breaks the rules")
            if first not in (None, (opcode, correlation)):
                raise ProtocolError("the frames of two messages are mixed")
            first = (opcode, correlation)
            body += self._bytes(length)
            if len(body) > LIMITS["messageBytesMax"]:
                raise ProtocolError("the message is too large")
            if not flags & MORE:
                return opcode, correlation, body

    def _bytes(self, count):
        content = b""
        while len(content) < count:
            try:
                piece = self.socket.recv(count - len(content))
            except OSError as error:
                raise OutcomeUnknown(f"no answer: {error}") from error
            if not piece:
                raise OutcomeUnknown("the server closed the connection")
            content += piece
        return content

    def pages(self, name, /, **fields):
        """Every item of a `list` or `used`, page by page."""
        while True:
            page = self.ask(name, **fields)
            yield from page.get("item", [])
            if "next" not in page:
                return
            fields["after"] = page["next"]


if __name__ == "__main__":
    import client_cli
    client_cli.main()
