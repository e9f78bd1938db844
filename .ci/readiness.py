"""READY comes after the recovery is durable: read from the system calls of a real start."""

import re
import signal
import subprocess

from boxed import until
from installed import SOCKET, STATE, Failed, check, expect

CALLS = ("execve,openat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate,fsync,"
         "fdatasync,renameat,renameat2,rename,linkat,unlinkat,unlink,sendmsg,sendto,accept4")
PATH = r"<(" + re.escape(STATE) + r"[^>]*)>"
CHANGES_FILE = re.compile(r"^(?:p?writev?2?|pwrite64|ftruncate|fallocate)\(\d+" + PATH)
CHANGES_FOLDER = re.compile(r"^(?:renameat2?|linkat|unlinkat)\(\d+" + PATH)
CREATES = re.compile(r"^openat\(\d+" + PATH + r", \"([^\"]*)\", [^)]*O_CREAT")
SYNCS = re.compile(r"^f(?:data)?sync\(\d+" + PATH)
# What holds no fact: the number of who has the lock, and a file without records for later.
EMPTY = ("lock", "spare")
FAILED = re.compile(r"= -1 E")


def calls(path):
    """The calls of a trace in the order in which they ended; READY is one that began."""
    begun = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            process, text = line.rstrip("\n").split(maxsplit=1)
            if text.endswith("<unfinished ...>"):
                begun[process] = text.removesuffix("<unfinished ...>")
                if "READY=1" in text:
                    yield begun.pop(process)
            elif text.startswith("<..."):
                yield begun.pop(process, "") + text.split("resumed>", 1)[-1]
            else:
                yield text


def is_synchronous(text):
    return "O_DSYNC" in text or "O_SYNC" in text or "RWF_DSYNC" in text or "RWF_SYNC" in text


def judge(path):
    """What is not on the disk when READY is said; and how much was made durable before."""
    dirty, synchronous, changes, syncs, started = {}, set(), 0, 0, False
    for text in calls(path):
        if text.startswith("execve(") and "/ipamd\"" in text and not FAILED.search(text):
            started = True
        if not started or FAILED.search(text):
            continue
        if any(f"{STATE}/{name}>" in text for name in EMPTY):
            continue
        if "READY=1" in text:
            return dirty, changes, syncs
        if text.startswith("accept4(") and SOCKET in text:
            raise Failed("it takes a client before it says READY")
        if created := CREATES.match(text):
            dirty[created[1]] = text
            changes += 1
        if text.startswith("openat(") and is_synchronous(text):
            opened = re.search(r"= \d+" + PATH, text)
            synchronous |= {opened[1]} if opened else set()
        if changed := CHANGES_FILE.match(text) or CHANGES_FOLDER.match(text):
            changes += 1
            if changed[1] not in synchronous and not is_synchronous(text):
                dirty[changed[1]] = text
        if synced := SYNCS.match(text):
            syncs += 1
            dirty.pop(synced[1], None)
    raise Failed("the trace has no READY of ipamd")


@check("READY is said when the recovery is on the disk, and no client is served before")
def ready(daemon):
    for number in range(3):
        daemon.ask("request", f"--name=before-{number}", "--length=28", "--parent=pool")
    before, trace = daemon.restarts, f"{daemon.box.folder}/trace"
    strace = subprocess.Popen(
        ["strace", "-f", "-y", "-s", "200", "-e", f"trace={CALLS}", "-o", trace,
         "-p", str(daemon.box.pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        line = strace.stderr.readline()
        expect("attached" in line, f"strace: {line}")
        # A journal to read, and clients that wait for it.
        daemon.signal("KILL")
        client = daemon.box.start("ipamc", "request", "--name=during", "--length=28",
                                  "--parent=pool", "--timeout=30s")
        until(lambda: daemon.restarts > before and daemon.is_active(), 60,
              "it is not started again", Failed)
        _, error = client.communicate(timeout=40)
        expect(client.returncode == 0, f"the client that waited: {error.strip()}")
    finally:
        strace.send_signal(signal.SIGTERM)
        strace.communicate(timeout=20)
    dirty, changes, syncs = judge(trace)
    expect(not dirty, f"READY, and not on the disk: {list(dirty.values())[:3]}")
    expect(changes > 0 and syncs > 0, f"{changes} changes and {syncs} syncs are no recovery")
    return f"{changes} changes of files, {syncs} syncs, then READY"
