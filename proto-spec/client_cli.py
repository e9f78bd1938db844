"""The command line of client.py: the same requests as ipamc, for whoever has only Python."""

import argparse
import contextlib
import json
import pathlib
import sys

from client import Client, ConnectionEnded, Refusal, figures
from client_fields import NUMBERS


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
        "policy": policy(spec.pop("policy", None)),
        **{
            name: spec.pop(name, None)
            for name in ("ipFamily", "prefix", "prefixLength", "parentStrategy")
        },
    }
    if spec:
        raise ValueError(f"{fields['key']['name']}: unknown in its spec: {', '.join(spec)}")
    return fields


def policy(document):
    """The fields of a policy of JSON; None remains None. A quota may be a number."""
    if document is None:
        return None
    quotas = {name: str(document[name]) for name in ("quota", "quotaPerOwner") if name in document}
    return {**document, **quotas}


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


def labels(text):
    """The fields of a selector written as `tier=public,env=test`; None remains None."""
    if text is None:
        return None
    return {"matchLabels": dict(part.split("=", 1) for part in text.split(",") if part)}


def arguments():
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="Asks ipamd for IP prefixes.")
    parser.add_argument("--socket", default="/run/ipamd/ipamd.sock")
    parser.add_argument("-n", "--namespace", default="default")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apply").add_argument("files", nargs="+", metavar="FILE.json")
    request, explain = commands.add_parser("request"), commands.add_parser("explain")
    for command in (request, explain):
        command.add_argument("--length", type=int)
        command.add_argument("--addresses", type=int, help="at least so many")
        for option in ("--prefix", "--selector", "--parent"):
            command.add_argument(option)
        command.add_argument("--any-parent", action="store_true")
        command.add_argument("--parent-strategy", choices=NUMBERS["parent strategy"])
        command.add_argument("--family", choices=NUMBERS["family"])
        command.add_argument("--as-prefix", action="store_true", help="to be divided further")
    request.add_argument("--name")
    request.add_argument("--wait", type=float, metavar="SECONDS", help="for room")
    release = commands.add_parser("release")
    release.add_argument("items", nargs="+", metavar="NAME|PREFIX")
    batch = commands.add_parser("batch", help='[{"request": {...}}, {"release": {...}}]')
    batch.add_argument("file", metavar="FILE.json")
    delete, list_ = commands.add_parser("delete"), commands.add_parser("list")
    watch, usage = commands.add_parser("watch"), commands.add_parser("usage")
    for command in (delete, list_, watch):
        command.add_argument("kind", choices=NUMBERS["kind"])
    delete.add_argument("names", nargs="+", metavar="NAME")
    usage.add_argument("names", nargs="*", metavar="NAME")
    watch.add_argument("--selector")
    for command in (list_, watch, usage):
        command.add_argument("-A", "--all-namespaces", action="store_true")
    for command in (request, release, delete, batch):
        command.add_argument("--dry-run", action="store_true")
    commands.add_parser("used").add_argument("name")
    commands.add_parser("who").add_argument("prefix", metavar="ADDRESS|PREFIX")
    commands.add_parser("status")
    commands.add_parser("check")
    return parser.parse_args()


def wanted(options):
    """The fields of a request that say what is wanted, and from where."""
    return {
        "prefixLength": options.length,
        "addresses": options.addresses,
        "prefix": options.prefix,
        "parent": options.parent,
        "selector": labels(options.selector),
        "anyParent": options.any_parent,
        "parentStrategy": options.parent_strategy,
        "family": options.family,
        "asPrefix": options.as_prefix,
    }


def line(resource):
    """One object in words."""
    block = resource.get("placement", {}).get("block", "-")
    return f"{resource['key']['name']} {block} {resource['phase']}"


def apply(client, options):
    contents = [
        json.loads(pathlib.Path(file).read_text(encoding="utf-8")) for file in options.files
    ]
    documents = [
        item
        for content in contents
        for item in (content if isinstance(content, list) else [content])
    ]
    answer = client.apply([manifest(document, options.namespace) for document in documents])
    yield from (
        f"{item['key']['kind']} {item['key']['name']} {item['outcome']}" for item in answer["item"]
    )
    yield from (f"warning: {warning}" for warning in answer["warning"])


def request(client, options):
    wait = None if options.wait is None else int(options.wait * 1000)
    answer = client.request(
        options.namespace,
        options.name,
        waitMilliseconds=wait,
        dryRun=options.dry_run,
        **wanted(options),
    )
    yield answer["resource"]["placement"]["block"]


def release(client, options):
    blocks = [item for item in options.items if "/" in item]
    names = [item for item in options.items if "/" not in item]
    released = client.release(options.namespace, names, blocks, dryRun=options.dry_run)
    yield from (f"{item['name']} {item.get('block', '-')}" for item in released["item"])


def batch(client, options):
    parts = json.loads(pathlib.Path(options.file).read_text(encoding="utf-8"))
    for part in parts:
        for fields in part.values():
            fields.setdefault("namespace", options.namespace)
    for result in client.batch(parts, options.dry_run):
        if "allocated" in result:
            yield line(result["allocated"]["resource"])
        else:
            yield from (f"{item['name']} released" for item in result["released"]["item"])


def delete(client, options):
    keys = [
        {"kind": options.kind, "namespace": options.namespace, "name": name}
        for name in options.names
    ]
    deleted = client.delete(keys, dryRun=options.dry_run)
    yield from (f"{key['kind']} {key['name']}" for key in deleted["key"])


def list_(client, options):
    for item in client.list(options.kind, None if options.all_namespaces else options.namespace):
        yield line(item["resource"])


def used(client, options):
    for item in client.used(options.namespace, options.name):
        yield f"{item['block']} {item['allocation']}"


def explain(client, options):
    answer = client.explain(options.namespace, **wanted(options))
    if "placement" in answer:
        yield f"{answer['placement']['block']} from {answer['placement']['parent']}"
    else:
        yield f"{answer['explanation']['reason']}: {answer['explanation']['sentence']}"
    for each in answer["candidate"]:
        verdict = each.get("offer") or each.get("reason")
        mark = "*" if "chosen" in each else " "
        yield f"{mark} {each['parent']} {each.get('block', '-')} {verdict}: {each['sentence']}"


def usage(client, options):
    for item in client.usage(None if options.all_namespaces else options.namespace, options.names):
        numbers = figures(item)
        if numbers is None:
            yield f"{item['key']['name']} - Pending"
            continue
        shares = ", ".join(f"{numbers[use]} {use}" for use in ("used", "free"))
        kept = numbers["reserved"] + numbers["excluded"] + numbers["held"]
        yield (
            f"{item['key']['name']} {item['block']} {numbers['usedShare']:.1%}: {shares}, "
            f"{kept} kept; largest free {item.get('largestFree', '-')}, "
            f"fragmentation {numbers['fragmentation']:.2f}"
        )


def who(client, options):
    for resource in client.who(options.prefix):
        yield f"{resource['key']['namespace']} {resource['key']['kind']} {line(resource)}"


def watch(client, options):
    namespace = None if options.all_namespaces else options.namespace
    for verb, what in client.changes(options.kind, namespace, labels(options.selector)):
        yield f"- {what['name']}" if verb == "removed" else f"+ {line(what['resource'])}"


def status(client, options):
    """Also the command check."""
    answer = client.submit(options.command).result()
    yield from (f"{name}: {value}" for name, value in answer.items() if value != [])
    if answer.get("violation"):
        raise ValueError("the state is not sound")


COMMANDS = {
    "apply": apply,
    "request": request,
    "release": release,
    "batch": batch,
    "delete": delete,
    "list": list_,
    "used": used,
    "explain": explain,
    "usage": usage,
    "who": who,
    "watch": watch,
    "status": status,
    "check": status,
}


def main():
    """Runs one command; 0, 1 after a refusal, 2 after anything else, 130 after Ctrl-C."""
    options = arguments()
    try:
        with contextlib.closing(Client(options.socket)) as client:
            for text in COMMANDS[options.command](client, options):
                print(text, flush=True)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (ConnectionEnded, OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
