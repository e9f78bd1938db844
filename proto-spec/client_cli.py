"""The command line of client.py.

    client.py [--socket PATH] [-n NAMESPACE] [--timeout SECONDS] COMMAND ...

    request --length 26 --selector tier=public      prints the prefix
    release web-1 10.0.0.64/26
    apply FILE.json ...                             manifests, a list of them, or kind List
    delete prefix root
    list prefixes|prefixallocations [NAME ...]      a JSON object a line
    used NAME                                       the taken blocks of a Prefix, one a line
    status | check                                  a JSON object

Exit status: 0 done, 1 refused, 64 usage, 69 not reachable, 74 outcome unknown, 75 certainly
nothing was changed.
"""

import argparse
import base64
import json
import os
import re
import secrets
import sys

from client import Client, NotExecuted, OutcomeUnknown, ProtocolError, Refused, Unreachable


def labels(pairs):
    """A dict as labels: their keys ascend."""
    ascending = sorted(pairs.items(), key=lambda pair: pair[0].encode())
    return {"label": [{"key": key, "value": value} for key, value in ascending]}


def new_name():
    return "alloc-" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def selector(text):
    """`tier=public,env!=dev,zone in (a,b),zone notin (c),gpu,!legacy`"""
    equal, conditions = {}, []
    for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text):
        part = part.strip()
        of_set = re.fullmatch(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)", part)
        if of_set:
            values = sorted({value.strip() for value in of_set[3].split(",")})
            operator = "In" if of_set[2] == "in" else "NotIn"
            conditions.append({"key": of_set[1], "operator": operator, "value": values})
        elif "!=" in part:
            key, value = part.split("!=", 1)
            conditions.append({"key": key.strip(), "operator": "NotIn", "value": [value.strip()]})
        elif "=" in part:
            key, value = re.split("==?", part, maxsplit=1)
            equal[key.strip()] = value.strip()
        elif part.startswith("!"):
            conditions.append({"key": part[1:].strip(), "operator": "DoesNotExist"})
        else:
            conditions.append({"key": part, "operator": "Exists"})
    return _selector(equal, conditions)


def _selector(equal, conditions):
    made = {"matchLabels": labels(equal)} if equal else {}
    return dict(made, matchExpression=conditions) if conditions else made


def manifest(document, namespace):
    """A JSON document as the structure `manifest`."""
    metadata, spec = document.get("metadata", {}), document.get("spec", {})
    is_prefix = document["kind"] == "Prefix"
    parent = spec.get("parentRef" if is_prefix else "prefixRef")
    chosen = spec.get("parentSelector" if is_prefix else "prefixSelector")
    version = metadata.get("resourceVersion")
    made = {
        "key": {"kind": document["kind"], "namespace": metadata.get("namespace", namespace),
                "name": metadata.get("name", "")},
        "apiGroup": document["apiVersion"],
        "labels": labels(metadata["labels"]) if "labels" in metadata else None,
        "annotations": labels(metadata["annotations"]) if "annotations" in metadata else None,
        "resourceVersion": None if version is None else int(version),
        "ipFamily": spec.get("ipFamily"),
        "prefix": spec.get("prefix"),
        "prefixLength": spec.get("prefixLength"),
        "parent": parent.get("name") if isinstance(parent, dict) else parent,
        "selector": None if chosen is None else _selector(
            chosen.get("matchLabels", {}),
            [{"key": each["key"], "operator": each["operator"],
              "value": sorted(each.get("values", []))}
             for each in chosen.get("matchExpressions", [])]),
    }
    return {name: value for name, value in made.items() if value is not None}


def manifests(document, namespace):
    if isinstance(document, list):
        documents = document
    elif document.get("kind") == "List":
        documents = document["items"]
    else:
        documents = [document]
    return [manifest(each, namespace) for each in documents]


# The commands.


def request(client, options):
    answer = client.ask(
        "request", namespace=options.namespace, name=options.name, family=options.family,
        prefix=options.prefix, prefixLength=options.length, parent=options.parent,
        selector=None if options.selector is None else selector(options.selector),
        anyParent=options.any_parent, labels=labels(dict(options.label)) if options.label else None,
        dryRun=options.dry_run)
    print(answer["resource"]["placement"]["block"])


def release(client, options):
    blocks = [target for target in options.targets if "/" in target or ":" in target]
    answer = client.ask(
        "release", namespace=options.namespace, block=blocks, parent=options.parent,
        name=[target for target in options.targets if target not in blocks],
        ignoreMissing=options.ignore_not_found)
    for item in answer.get("item", []):
        print("released", item["name"], item.get("block", ""))


def apply(client, options):
    asked = []
    for path in options.files:
        with open(path, encoding="utf-8") as file:
            asked += manifests(json.load(file), options.namespace)
    answer = client.ask("apply", manifest=asked, dryRun=options.dry_run)
    for item in answer.get("item", []):
        print(f"{item['key']['kind'].lower()}/{item['key']['name']} {item['outcome']}")
    for warning in answer.get("warning", []):
        print(f"client.py: warning: {warning}", file=sys.stderr)


def delete(client, options):
    keys = [{"kind": options.kind, "namespace": options.namespace, "name": name}
            for name in options.names]
    for key in client.ask(
            "delete", key=keys, ignoreMissing=options.ignore_not_found).get("key", []):
        print(f"{key['kind'].lower()}/{key['name']} deleted")


def list_objects(client, options):
    for item in client.pages(
            "list", kind=options.kind, namespace=options.namespace, name=options.names,
            selector=None if options.selector is None else selector(options.selector)):
        print(json.dumps(item, ensure_ascii=False))


def used(client, options):
    for item in client.pages("used", namespace=options.namespace, name=options.name):
        print(item["block"], item["allocation"])


def tell(client, options):
    print(json.dumps(client.ask(options.command), ensure_ascii=False))


def kind(text):
    kinds = {"prefix": "Prefix", "prefixes": "Prefix", "prefixallocation": "PrefixAllocation",
             "prefixallocations": "PrefixAllocation"}
    if text.lower() not in kinds:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(kinds)}")
    return kinds[text.lower()]


def label(text):
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text} is no KEY=VALUE")
    return key, value


class Parser(argparse.ArgumentParser):
    """Ends with 64, as sysexits.h has it, and not with 2."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def parser():
    top = Parser(prog="client.py", description="a client of ipamd, from its specification alone")
    top.add_argument("--socket", default=os.environ.get("IPAM_SOCKET", "/run/ipamd/ipamd.sock"))
    top.add_argument("-n", "--namespace", default=os.environ.get("IPAM_NAMESPACE", "default"))
    top.add_argument("--timeout", type=float, default=5.0)
    commands = top.add_subparsers(dest="command", required=True)

    def add(name, run, *arguments):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        for argument, options in arguments:
            command.add_argument(argument, **options)

    switch = {"action": "store_true"}
    add("request", request, ("--length", {"type": int}), ("--prefix", {}), ("--selector", {}),
        ("--parent", {}), ("--any-parent", switch), ("--family", {"choices": ["IPv4", "IPv6"]}),
        ("--name", {"default": new_name()}), ("--dry-run", switch),
        ("--label", {"action": "append", "type": label, "default": []}))
    add("release", release, ("targets", {"nargs": "+"}), ("--parent", {}),
        ("--ignore-not-found", switch))
    add("apply", apply, ("files", {"nargs": "+"}), ("--dry-run", switch))
    add("delete", delete, ("kind", {"type": kind}), ("names", {"nargs": "+"}),
        ("--ignore-not-found", switch))
    add("list", list_objects, ("kind", {"type": kind}), ("names", {"nargs": "*"}),
        ("--selector", {}))
    add("used", used, ("name", {}))
    add("status", tell)
    add("check", tell)
    return top


def main():
    options = parser().parse_args()
    try:
        with Client(options.socket, options.timeout) as client:
            options.run(client, options)
    except Refused as refused:
        lines = [f"document {each['document'] + 1}: {each['path']}: {each['kind']}: "
                 f"{each['sentence']}" for each in refused.faults]
        end(1, str(refused), *lines)
    except Unreachable as error:
        end(69, f"not reachable: {error}")
    except OutcomeUnknown as error:
        name = getattr(options, "name", None)
        again = f"; ask again with --name {name}" if options.command == "request" else ""
        end(74, f"outcome unknown: {error}{again}")
    except NotExecuted as error:
        end(75, f"nothing was changed: {error}")
    except (ProtocolError, ValueError, OverflowError) as error:
        end(70, str(error))


def end(status, *lines):
    for line in lines:
        print(f"client.py: {line}", file=sys.stderr)
    sys.exit(status)
