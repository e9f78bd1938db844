"""The command line of client.py: the same requests as ipamc, for whoever has only Python."""

import argparse
import contextlib
import json
import pathlib
import sys

from client import NUMBERS, Client, ConnectionEnded, Refusal


def manifest(document, namespace):
    """The fields of a manifest of JSON in IronCore's shape; `namespace` stands in for a missing
    one."""
    metadata, spec = document.get("metadata") or {}, dict(document.get("spec") or {})
    of = "prefix" if document.get("kind") == "PrefixAllocation" else "parent"
    reference, version = spec.pop(f"{of}Ref", None) or {}, metadata.get("resourceVersion")
    fields = {
        "key": {
            "kind": document.get("kind"),
            "namespace": metadata.get("namespace") or namespace,
            "name": metadata.get("name") or "",
        },
        "apiGroup": document.get("apiVersion"),
        "labels": metadata.get("labels"),
        "annotations": metadata.get("annotations"),
        "resourceVersion": int(version) if version else None,
        "parent": reference.get("name"),
        "selector": selector(spec.pop(f"{of}Selector", None)),
        **{name: spec.pop(name, None) for name in ("ipFamily", "prefix", "prefixLength")},
    }
    if spec:
        raise ValueError(f"{fields['key']['name']}: unknown in its spec: {', '.join(spec)}")
    return fields


def selector(document):
    """The fields of a selector of JSON in IronCore's shape; None remains None."""
    expressions = (document or {}).get("matchExpressions") or []
    requirements = [
        {"key": item["key"], "operator": item["operator"], "value": item.get("values")}
        for item in expressions
    ]
    return (
        None
        if document is None
        else {"matchLabels": document.get("matchLabels"), "matchExpression": requirements}
    )


def arguments():
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="Asks ipamd for IP prefixes.")
    parser.add_argument("--socket", default="/run/ipamd/ipamd.sock")
    parser.add_argument("-n", "--namespace", default="default")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apply").add_argument("files", nargs="+", metavar="FILE.json")
    request = commands.add_parser("request")
    request.add_argument("--length", type=int)
    for option in ("--prefix", "--selector", "--parent", "--name"):
        request.add_argument(option)
    request.add_argument("--any-parent", action="store_true")
    request.add_argument("--family", choices=NUMBERS["family"])
    commands.add_parser("release").add_argument("items", nargs="+", metavar="NAME|PREFIX")
    delete, list_ = commands.add_parser("delete"), commands.add_parser("list")
    for command in (delete, list_):
        command.add_argument("kind", choices=NUMBERS["kind"])
    delete.add_argument("names", nargs="+", metavar="NAME")
    list_.add_argument("-A", "--all-namespaces", action="store_true")
    commands.add_parser("used").add_argument("name")
    commands.add_parser("status")
    commands.add_parser("check")
    return parser.parse_args()


def run(client, options):
    """Yields the lines that a command prints."""
    namespace = options.namespace
    if options.command == "apply":
        contents = [
            json.loads(pathlib.Path(file).read_text(encoding="utf-8")) for file in options.files
        ]
        documents = [
            item
            for content in contents
            for item in (content if isinstance(content, list) else [content])
        ]
        answer = client.apply([manifest(document, namespace) for document in documents])
        yield from (
            f"{item['key']['kind']} {item['key']['name']} {item['outcome']}"
            for item in answer["item"]
        )
        yield from (f"warning: {warning}" for warning in answer["warning"])
    elif options.command == "request":
        wanted = {
            "prefixLength": options.length,
            "prefix": options.prefix,
            "parent": options.parent,
            "anyParent": options.any_parent,
            "family": options.family,
        }
        if options.selector is not None:
            wanted["selector"] = {
                "matchLabels": dict(
                    part.split("=", 1) for part in options.selector.split(",") if part
                )
            }
        yield client.request(namespace, options.name, **wanted)["resource"]["placement"]["block"]
    elif options.command == "release":
        blocks = [item for item in options.items if "/" in item]
        released = client.release(
            namespace, [item for item in options.items if "/" not in item], blocks
        )
        yield from (f"{item['name']} {item.get('block', '-')}" for item in released["item"])
    elif options.command == "delete":
        keys = [
            {"kind": options.kind, "namespace": namespace, "name": name} for name in options.names
        ]
        yield from (f"{key['kind']} {key['name']}" for key in client.delete(keys)["key"])
    elif options.command == "list":
        for item in client.list(options.kind, None if options.all_namespaces else namespace):
            resource = item["resource"]
            block = resource.get("placement", {}).get("block", "-")
            yield f"{resource['key']['name']} {block} {resource['phase']}"
    elif options.command == "used":
        yield from (
            f"{item['block']} {item['allocation']}" for item in client.used(namespace, options.name)
        )
    else:
        answer = client.submit(options.command).result()
        yield from (f"{name}: {value}" for name, value in answer.items() if value != [])
        if answer.get("violation"):
            raise ValueError("the state is not sound")


def main():
    """Runs one command; 0, 1 after a refusal, 2 after anything else."""
    options = arguments()
    try:
        with contextlib.closing(Client(options.socket)) as client:
            for line in run(client, options):
                print(line)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (ConnectionEnded, OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
