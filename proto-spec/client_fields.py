"""Bodies of the ipamd protocol for client.py: dictionaries and their bytes, by registry.json alone.

In a dictionary an enumeration is its name, a prefix is text (`10.0.0.0/8`; an address alone is its
/32 or /128), a flag is True, labels are a dictionary, and a repeated field is a list.
"""

import ipaddress
import json
import pathlib

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
CHOICES = {shape["name"] for shape in REGISTRY["structures"] if shape.get("choice")}


def encode(shape, values):
    """The bytes of a message or structure; None, False and what is the default are left out."""
    parts, unknown = [], values.keys() - {field["name"] for field in FIELDS[shape]}
    if unknown:
        raise ValueError(f"{shape} has no field {', '.join(sorted(unknown))}")
    for field in FIELDS[shape]:  # the registry has them in ascending order
        value = values.get(field["name"])
        if value is None or value is False or value == field.get("default"):
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
    if type_ == "bytes":
        return bytes.fromhex(value)
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
    if shape in CHOICES and len(values) != 1:
        raise ValueError(f"{shape}: exactly one of its fields is there")
    return values


def decode_value(type_, content):
    """The value of some bytes."""
    if type_ == "labels":
        return {label["key"]: label["value"] for label in decode(type_, content)["label"]}
    if type_ in FIELDS:
        return decode(type_, content)
    if type_ in ("text", "bytes"):
        return content.decode() if type_ == "text" else content.hex()
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
