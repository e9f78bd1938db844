#!/usr/bin/env python3
"""Proves that protocol.md, registry.json and vectors/*.json agree.

Exit 1 and a line for each disagreement. vectors.py has the tools for those who write vectors.
Python 3.9 or later, standard library only.
"""

import os
import re
import sys

from codec import HEADER, HERE, MORE, Fault, Registry, split
from vectors import hex_of, load, stream_of

FAULTS = []


def fault(sentence):
    FAULTS.append(sentence)


# The registry by itself.


def check_registry(registry):
    raw = registry.raw
    named = [registry.sizes, registry.enumerations, registry.structures, registry.messages]
    kinds = {kind for names in named for kind in names}
    if len(kinds) != sum(len(names) for names in named):
        fault("a type, an enumeration, a structure or a message has the name of another")
    for owner in raw["structures"] + raw["messages"]:
        numbers = [field["number"] for field in owner["fields"]]
        if numbers != sorted(set(numbers)) or not all(1 <= n <= 127 for n in numbers):
            fault(f"{owner['name']}: field numbers ascend from 1 to 127, each once")
        for field in owner["fields"]:
            if field["type"] not in kinds:
                fault(f"{owner['name']}.{field['name']}: no type {field['type']}")
            if field["repeated"] and field["required"]:
                fault(f"{owner['name']}.{field['name']}: repeated may mean none")
            if field.get("limit", "frameBytesMax") not in registry.limits:
                fault(f"{owner['name']}.{field['name']}: no limit {field['limit']}")
            values = registry.enumerations.get(field["type"], {"values": []})["values"]
            if "default" in field and field["default"] not in [each["name"] for each in values]:
                fault(f"{owner['name']}.{field['name']}: {field['default']} is no {field['type']}")
            others = registry.shapes.get(field["type"], {"fields": []})["fields"]
            if not {each["name"] for each in others}.issuperset(field.get("without", [])):
                fault(f"{owner['name']}.{field['name']}: without fields that are none")
            least, most = owner.get("kept", [128, 128])
            if least <= field["number"] <= most:
                fault(f"{owner['name']}.{field['name']}: its number is kept for what comes")
    for table in ("refusals", "goodbyes"):
        for key in ("number", "name"):
            seen = [each[key] for each in raw[table]]
            if len(set(seen)) != len(seen):
                fault(f"{table}: a {key} stands twice")
    following = 0
    for part in raw["opcodeRanges"]:
        if part["first"] != following:
            fault(f"opcodes: byte {following:#04x} is in no range or in two")
        following = part["last"] + 1
        known = [n for n in range(part["first"], following) if n in registry.by_opcode]
        named = part["meaning"] in ("requests", "answers", "goodbye", "event", "refusal")
        if (len(known) != following - part["first"]) if named else known:
            fault(f"opcodes: range {part['first']:#04x} and the messages disagree")
    if following != 256:
        fault("opcodes: the ranges end before 0xff")
    for opcode, message in registry.by_opcode.items():
        answer = registry.by_opcode.get(opcode | 0x80)
        if opcode < 0x80 and (not answer or answer["name"] != message["name"] + " answer"):
            fault(f"{message['name']}: its answer is opcode | 0x80")


# The document: its tables are the registry's, its examples are vectors.


def tables(text):
    """The rows of the last table under each heading, cells stripped."""
    found, heading, rows = {}, "", []
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if line.startswith("|"):
            if not re.match(r"^\|[-|]+\|$", line):
                cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
                rows.append([cell.strip() for cell in cells])
                found[heading] = rows[1:]
        else:
            rows = []
    return found


def field_rows(fields):
    def presence(field):
        if field["repeated"]:
            return "repeated"
        return "required" if field["required"] else "optional"

    return [[f"{f['number']}{' !' if f['critical'] else ''}", f["name"], f["type"], presence(f),
             f["meaning"]] for f in fields]


def expected_tables(registry):
    raw = registry.raw
    yield "Types", [[t["name"], "any" if t["bytes"] is None else str(t["bytes"]), t["meaning"]]
                    for t in raw["types"]]
    yield "Enumerations", [
        [e["name"], ", ".join(f"{v['number']} {v['name']}" for v in e["values"])]
        for e in raw["enumerations"]]
    yield "All messages", [[f"{m['opcode']:#04x}", m["name"], m["sentBy"], m["meaning"]]
                           for m in raw["messages"]]
    yield "Every opcode", [[f"{r['first']:#04x}", f"{r['last']:#04x}", r["meaning"]]
                           for r in raw["opcodeRanges"]]
    yield "Refusal codes", [[str(c["number"]), c["name"], c["sentence"]] for c in raw["refusals"]]
    yield "Goodbye codes", [[str(c["number"]), c["name"], c["foundBy"], c["sentence"]]
                            for c in raw["goodbyes"]]
    yield "Limits", [[c["name"], f"{c['value']:,}", c["unit"], c["meaning"]]
                     for c in raw["limits"]]
    for message in raw["messages"]:
        if message["fields"]:
            yield f"{message['opcode']:#04x} {message['name']}", field_rows(message["fields"])
    for structure in raw["structures"]:
        yield f"structure: {structure['name']}", field_rows(structure["fields"])


def check_document(registry, vectors):
    with open(os.path.join(HERE, "protocol.md"), encoding="utf-8") as file:
        text = file.read()
    found = tables(text)
    for heading, rows in expected_tables(registry):
        if heading not in found:
            fault(f"protocol.md: no table under '{heading}'")
        for ours, theirs in zip(rows, found.get(heading, [])):
            if ours != theirs:
                fault(f"protocol.md, {heading}: {theirs} should be {ours}")
        if heading in found and len(rows) != len(found[heading]):
            fault(f"protocol.md, {heading}: {len(found[heading])} rows, not {len(rows)}")
    hexes = {vector["name"]: vector["hex"] for vector in vectors}
    examples = re.findall(r"```hex ([^\n]+)\n(.*?)```", text, re.S)
    if not examples:
        fault("protocol.md: there is no example conversation")
    for name, block in examples:
        digits = "".join(line.split("  ")[0] for line in block.splitlines()).replace(" ", "")
        if digits != hexes.get(name):
            fault(f"protocol.md: the example '{name}' is not the vector of that name")


# The vectors.


def check_good(registry, vectors):
    for vector in vectors:
        name = vector["name"]
        if hex_of(registry, vector) != vector["hex"]:
            fault(f"vector '{name}': its meaning encodes to other bytes")
        stream, body, header = bytes.fromhex(vector["hex"]), b"", None
        while stream:
            header = HEADER.unpack(stream[:HEADER.size])
            body += stream[HEADER.size:HEADER.size + header[0]]
            stream = stream[HEADER.size + header[0]:]
        message = registry.by_opcode[header[1]]
        if (message["name"], header[4]) != (vector["message"], vector["correlation"]):
            fault(f"vector '{name}': its header says otherwise")
        try:
            if registry.decode(message["name"], body) != vector["fields"]:
                fault(f"vector '{name}': its bytes decode to another meaning")
        except Fault as error:
            fault(f"vector '{name}': {error}")
    check_coverage(registry, vectors)


def check_coverage(registry, vectors):
    """Every message, field, enumeration value and refusal code is in a good vector, but for the
    values that are always left out."""
    seen, shapes = set(), registry.raw["messages"] + registry.raw["structures"]

    def visit(owner, value):
        seen.add(owner)
        for field in registry.shapes[owner]["fields"]:
            given = value.get(field["name"])
            if given is None:
                continue
            seen.add(f"{owner}.{field['name']}")
            for each in given if field["repeated"] else [given]:
                if field["type"] in registry.shapes:
                    visit(field["type"], each)
                elif field["type"] in registry.enumerations:
                    seen.add(f"{field['type']} {each}")
        if owner in ("refusal", "goodbye"):
            seen.add(f"{owner} code {value['code']}")

    for vector in vectors:
        visit(vector["message"], vector["fields"])
    wanted = {f"{each['name']} {value['name']}" for each in registry.raw["enumerations"]
              for value in each["values"]}
    for owner in shapes:
        wanted |= {owner["name"]} | {f"{owner['name']}.{f['name']}" for f in owner["fields"]}
    wanted -= {f"{field['type']} {field['default']}" for owner in shapes
               for field in owner["fields"] if "default" in field}
    wanted |= {f"refusal code {number}" for number in registry.refusals.values()}
    wanted |= {f"goodbye code {each['number']}" for each in registry.raw["goodbyes"]
               if each["foundBy"] != "client"}
    for missing in sorted(wanted - seen):
        fault(f"vectors: none shows {missing}")


def judge(registry, stream, greeted):
    """What a server says to these bytes: (goodbye | refusal | wait | execute, code)."""
    limits, open_header, body = registry.limits, None, b""
    while len(stream) >= HEADER.size:
        length, opcode, flags, reserved, correlation = HEADER.unpack(stream[:HEADER.size])
        if length > limits["frameBytesMax"] - HEADER.size:
            return "goodbye", "frame_too_large"
        if flags & ~MORE:
            return "goodbye", "unknown_flag"
        if reserved or (flags and not length):
            return "goodbye", "bad_frame"
        if len(stream) < HEADER.size + length:
            return "wait", None
        if not 0x01 <= opcode <= 0x7f:
            return "goodbye", "unexpected_opcode"
        if correlation == 0:
            return "goodbye", "bad_frame"
        if not greeted and (opcode != 1 or flags):
            return "goodbye", "hello_expected"
        if greeted and opcode == 1:
            return "goodbye", "second_hello"
        if open_header and open_header != (opcode, correlation):
            return "goodbye", "fragments_mixed"
        body += stream[HEADER.size:HEADER.size + length]
        stream = stream[HEADER.size + length:]
        if len(body) > limits["messageBytesMax"]:
            return "goodbye", "message_too_large"
        if flags:
            open_header = (opcode, correlation)
            continue
        verdict = judge_message(registry, opcode, body)
        if verdict[0] != "hello":
            return verdict
        open_header, body, greeted = None, b"", True
    return "wait", None


def judge_message(registry, opcode, body):
    if opcode not in registry.by_opcode:
        return "refusal", "unknown_opcode"
    message = registry.by_opcode[opcode]
    if opcode != 1:
        try:
            registry.decode(message["name"], body)
        except Fault as error:
            return "refusal", error.code
        return "execute", None
    try:
        first = next(split("hello", body), None)
        if not first or first[0] != 1 or len(first[2]) != 2:
            return "goodbye", "bad_body"
        if int.from_bytes(first[2], "little") not in range(
                registry.raw["protocol"]["versions"][0],
                registry.raw["protocol"]["versions"][1] + 1):
            return "goodbye", "unsupported_version"
        hello = registry.decode("hello", body)
    except Fault:
        return "goodbye", "bad_body"
    if hello["frameBytesMax"] < registry.limits["frameBytesLeast"]:
        return "goodbye", "bad_body"
    return "hello", None


def check_malformed(registry, vectors):
    seen = set()
    for vector in vectors:
        wanted = (vector["outcome"], vector.get("code"))
        found = judge(registry, stream_of(vector["stream"]), vector["afterHello"])
        if found != wanted:
            fault(f"vector '{vector['name']}': {found}, not {wanted}")
        seen.add(wanted[1])
    # What bytes alone cannot show: it needs time, many connections, or a state of the server.
    elsewhere = {"too_many_in_flight", "correlation_in_use"}
    for each in registry.raw["goodbyes"]:
        if each["number"] < 32 and each["foundBy"] != "client" \
                and each["name"] not in seen | elsewhere:
            fault(f"vectors: no malformed one ends in {each['name']}")
    for name in ("malformed", "unknown_opcode", "unknown_field", "too_large", "unknown_kind",
                 "invalid_prefix"):
        if name not in seen:
            fault(f"vectors: no malformed one is refused as {name}")


def main():
    registry = Registry()
    good, malformed = load("good-*.json"), load("malformed-*.json")
    check_registry(registry)
    check_document(registry, good)
    check_good(registry, good)
    check_malformed(registry, malformed)
    for sentence in FAULTS:
        print(sentence)
    print(f"{len(registry.messages)} messages, {len(good)} good vectors, "
          f"{len(malformed)} malformed ones, {len(FAULTS)} disagreements")
    sys.exit(1 if FAULTS else 0)


if __name__ == "__main__":
    main()
