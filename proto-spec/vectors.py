#!/usr/bin/env python3
"""Reads the vectors, and helps to write them.

    vectors.py --fill           writes the hex of the good vectors from their meaning
    vectors.py --explain NAME   prints a good vector byte by byte

Python 3.9 or later, standard library only.
"""

import glob
import json
import os
import sys

from codec import HEADER, HERE, Registry, split, varint


def load(pattern):
    vectors = []
    for path in sorted(glob.glob(os.path.join(HERE, "vectors", pattern))):
        with open(path, encoding="utf-8") as file:
            vectors += [dict(each, file=os.path.basename(path)) for each in json.load(file)]
    return vectors


def hex_of(registry, vector):
    message = registry.messages[vector["message"]]
    body = registry.encode(message["name"], vector["fields"])
    return registry.frames(
        message["opcode"], vector["correlation"], body,
        vector.get("frameBytesMax", registry.limits["frameBytesMax"])).hex()


def stream_of(pieces):
    """Bytes from hex, and from {"times": n, "of": pieces}."""
    return b"".join(
        bytes.fromhex(piece) if isinstance(piece, str)
        else stream_of(piece["of"]) * piece["times"] for piece in pieces)


def fill(registry):
    for path in sorted(glob.glob(os.path.join(HERE, "vectors", "good-*.json"))):
        with open(path, encoding="utf-8") as file:
            vectors = json.load(file)
        for vector in vectors:
            vector["hex"] = hex_of(registry, vector)
        lines = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[\n{lines}\n]\n")


def explain(registry, vector):
    """Prints a message of one frame by its fields, in the form of the examples in protocol.md."""

    def line(content, sentence, depth=0):
        digits = " ".join(f"{byte:02x}" for byte in content)
        print(f"{digits:<47}  {'  ' * depth}{sentence}".rstrip())

    def long_line(content, sentence, depth):
        for at in range(0, max(1, len(content)), 16):
            line(content[at:at + 16], sentence if at == 0 else "", depth)

    def walk(name, body, depth):
        by_number = {field["number"]: field for field in registry.shapes[name]["fields"]}
        for number, critical, content in split(name, body):
            field = by_number[number]
            head = bytes([number | (0x80 if critical else 0)]) + varint(len(content))
            if field["type"] in registry.shapes:
                line(head, f"{field['name']}: {field['type']}, {len(content)} bytes", depth)
                walk(field["type"], content, depth + 1)
            else:
                shown = registry.read(field["type"], content)
                long_line(head + content, f"{field['name']} = {shown}", depth)

    stream = bytes.fromhex(vector["hex"])
    header = HEADER.unpack(stream[:HEADER.size])
    line(stream[0:4], f"{header[0]} bytes of body follow")
    line(stream[4:5], f"opcode: {registry.by_opcode[header[1]]['name']}")
    line(stream[5:8], "flags: none; reserved")
    line(stream[8:16], f"correlation id {header[4]}")
    walk(registry.by_opcode[header[1]]["name"], stream[HEADER.size:], 0)


def main(arguments):
    registry = Registry()
    if arguments == ["--fill"]:
        fill(registry)
    elif len(arguments) == 2 and arguments[0] == "--explain":
        explain(registry, next(v for v in load("good-*.json") if v["name"] == arguments[1]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
