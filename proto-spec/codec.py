"""Frames and bodies of the ipamd protocol, encoded and decoded by registry.json alone.

Used by check.py. It is independent of the daemon and of client.py on purpose: three
implementations that agree byte by byte are a proof, one that is used three times is none.
"""

import ipaddress
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = struct.Struct("<IBBHQ")
MORE = 1


class Fault(Exception):
    """A body that breaks a rule; `code` is the refusal that a server answers."""

    def __init__(self, code, sentence):
        super().__init__(f"{code}: {sentence}")
        self.code = code


class Registry:
    """registry.json, indexed."""

    def __init__(self, path=os.path.join(HERE, "registry.json")):
        with open(path, encoding="utf-8") as file:
            self.raw = json.load(file)
        self.sizes = {each["name"]: each["bytes"] for each in self.raw["types"]}
        self.enumerations = {each["name"]: each for each in self.raw["enumerations"]}
        self.structures = {each["name"]: each for each in self.raw["structures"]}
        self.messages = {each["name"]: each for each in self.raw["messages"]}
        # A field can hold a structure, or the body of a message.
        self.shapes = {**self.structures, **self.messages}
        self.by_opcode = {each["opcode"]: each for each in self.raw["messages"]}
        self.limits = {each["name"]: each["value"] for each in self.raw["limits"]}
        self.refusals = {each["name"]: each["number"] for each in self.raw["refusals"]}
        self.goodbyes = {each["name"]: each["number"] for each in self.raw["goodbyes"]}

    # Encoding: a value is what JSON can hold; see `read` for the reverse.

    def encode(self, name, value):
        """The body of the message or structure of that name; `value` gives its fields by name."""
        fields = self.shapes[name]["fields"]
        known = {field["name"] for field in fields}
        if not known.issuperset(value):
            raise ValueError(f"no such field: {set(value) - known}")
        out = bytearray()
        for field in fields:
            given = value.get(field["name"])
            if given is None or given == field.get("default"):
                continue  # absent is left out, and so is what absence means
            for each in given if field["repeated"] else [given]:
                encoded = self.write(field["type"], each)
                out.append(field["number"] | (0x80 if field["critical"] else 0))
                out += varint(len(encoded)) + encoded
        return bytes(out)

    def write(self, kind, value):
        if kind in self.shapes:
            return self.encode(kind, value)
        if kind in self.enumerations:
            numbers = {each["name"]: each["number"] for each in self.enumerations[kind]["values"]}
            return bytes([numbers[value]])
        if kind == "flag":
            return b""
        if kind == "bytes":
            return bytes.fromhex(value)
        if kind == "text":
            return value.encode("utf-8")
        if kind == "prefix":
            network = ipaddress.ip_network(value)
            head = bytes([network.version, network.prefixlen])
            return head + network.network_address.packed
        number = int(value, 16) if kind == "u128" else value
        return number.to_bytes(self.sizes[kind], "little", signed=kind == "i64")

    # Decoding.

    def decode(self, name, body):
        """The fields of a body by name. Unknown optional fields are left out."""
        fields = self.shapes[name]["fields"]
        by_number = {field["number"]: field for field in fields}
        value, last = {}, 0
        for number, critical, content in split(name, body):
            if number < last or number == 0:
                raise Fault("malformed", f"{name}: field {number} comes after field {last}")
            field = by_number.get(number)
            if field is None:
                if critical:
                    raise Fault("unknown_field", f"{name}: field {number} is critical")
            elif field["repeated"]:
                values = value.setdefault(field["name"], [])
                if "limit" in field and len(values) >= self.limits[field["limit"]]:
                    raise Fault("too_large", f"{name}: too many of field {number}")
                values.append(self.read(field["type"], content))
            elif number == last:
                raise Fault("malformed", f"{name}: field {number} is repeated")
            else:
                if "limit" in field and len(content) > self.limits[field["limit"]]:
                    raise Fault("malformed", f"{name}: field {number} is too long")
                value[field["name"]] = self.read(field["type"], content)
            last = number
        for field in fields:
            if field["required"] and field["name"] not in value:
                raise Fault("malformed", f"{name}: field {field['number']} is missing")
            for forbidden in field.get("without", []):
                if forbidden in value.get(field["name"], {}):
                    raise Fault("malformed", f"{name}: field {field['number']} has {forbidden}")
        if self.shapes[name].get("choice") and len(value) != 1:
            raise Fault("malformed", f"{name}: exactly one field is there")
        if name in WHOLES:
            WHOLES[name](value)
        return value

    def read(self, kind, content):
        if kind in self.shapes:
            return self.decode(kind, content)
        if kind in self.enumerations:
            values = self.enumerations[kind]["values"]
            names = {each["number"]: each["name"] for each in values}
            if len(content) != 1:
                raise Fault("malformed", f"{kind} has one byte")
            if content[0] not in names:
                code = "unknown_kind" if kind == "kind" else "malformed"
                raise Fault(code, f"{content[0]} is no {kind}")
            return names[content[0]]
        if kind == "text":
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise Fault("malformed", str(error)) from error
        if kind == "prefix":
            return read_prefix(content)
        if kind == "bytes":
            return content.hex()
        if len(content) != self.sizes[kind]:
            raise Fault("malformed", f"{kind} has {self.sizes[kind]} bytes")
        if kind == "flag":
            return True
        number = int.from_bytes(content, "little", signed=kind == "i64")
        return f"{number:#x}" if kind == "u128" else number

    # Messages.

    def frames(self, opcode, correlation, body, frame_bytes_max):
        """A message as one frame or many."""
        most = frame_bytes_max - HEADER.size
        pieces = [body[at:at + most] for at in range(0, len(body), most)] or [b""]
        out = b""
        for left, piece in zip(range(len(pieces) - 1, -1, -1), pieces):
            out += HEADER.pack(len(piece), opcode, MORE if left else 0, 0, correlation) + piece
        return out


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def split(name, body):
    """The fields of a body: number, critical bit, content."""
    at = 0
    while at < len(body):
        tag = body[at]
        at += 1
        length, shift = 0, 0
        while True:
            if at == len(body):
                raise Fault("malformed", f"{name}: ends within a length")
            byte = body[at]
            at += 1
            length |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift == 35:
                raise Fault("malformed", f"{name}: a length has at most five bytes")
        if (byte == 0 and shift > 7) or length > 0xffff_ffff:
            raise Fault("malformed", f"{name}: a length is not in its shortest form")
        if length > len(body) - at:
            raise Fault("malformed", f"{name}: field {tag & 0x7f} ends too early")
        yield tag & 0x7f, tag >= 0x80, body[at:at + length]
        at += length


def read_prefix(content):
    sizes = {4: 4, 6: 16}
    if len(content) < 2 or len(content) != 2 + sizes.get(content[0], -2):
        raise Fault("invalid_prefix", "family, length, and 4 or 16 bytes of address")
    address = ipaddress.ip_address(content[2:])
    try:
        return str(ipaddress.ip_network((address, content[1])))
    except ValueError as error:
        raise Fault("invalid_prefix", str(error)) from error


# What a structure has to be as a whole, where its fields one by one do not say it.


def check_labels(value):
    keys = [each["key"].encode("utf-8") for each in value.get("label", [])]
    if any(left >= right for left, right in zip(keys, keys[1:])):
        raise Fault("malformed", "the keys of labels ascend")


def check_policy(value):
    for name in ("reserved", "excluded"):
        networks = [ipaddress.ip_network(each) for each in value.get(name, [])]
        if len({each.version for each in networks}) > 1:
            raise Fault("malformed", f"{name}: of two families")
        if networks != list(ipaddress.collapse_addresses(networks)):
            raise Fault("malformed", f"{name}: not the fewest prefixes in numeric order")


def check_usage(value):
    lists = [value.get(name, []) for name in ("used", "free", "reserved", "excluded", "held")]
    if "block" not in value:
        if any(lists) or "largestFree" in value:
            raise Fault("malformed", "a Prefix without a block has no blocks")
        return
    block = ipaddress.ip_network(value["block"])
    for counts in lists:
        lengths = [each["length"] for each in counts]
        if lengths != sorted(set(lengths)) or any(each["count"] == 0 for each in counts):
            raise Fault("malformed", "lengths ascend, and none has no blocks")
        if any(not block.prefixlen <= length <= block.max_prefixlen for length in lengths):
            raise Fault("malformed", "a length is none of a block in the whole")
    total = sum(each["count"] << block.max_prefixlen - each["length"]
                for counts in lists for each in counts)
    if total != block.num_addresses:
        raise Fault("malformed", f"the blocks have {total} addresses, not {block.num_addresses}")
    if "largestFree" in value:
        free = ipaddress.ip_network(value["largestFree"])
        if free.version != block.version or not free.subnet_of(block):
            raise Fault("malformed", "the largest free block is not in the whole")


def check_access(value):
    users, groups = value.get("user", []), value.get("group", [])
    if not users and not groups:
        raise Fault("malformed", "access for nobody")
    if any(numbers != sorted(set(numbers)) for numbers in (users, groups)):
        raise Fault("malformed", "users and groups ascend")


def check_histogram(value):
    bounds = value.get("bound", [])
    if bounds != sorted(set(bounds)) or len(value.get("count", [])) != len(bounds) + 1:
        raise Fault("malformed", "bounds ascend, and there is one count more than bounds")


WHOLES = {
    "labels": check_labels, "policy": check_policy, "prefix usage": check_usage,
    "namespace access": check_access, "histogram": check_histogram,
}
