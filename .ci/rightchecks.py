"""Who may do what: the daemon in its sandbox, users by their roles; and what the journal says."""

import json

from boxed import until
from installed import STATE, Failed, check, expect

PROBE = '''
import errno, json, mmap, os, socket, subprocess, sys
def fails(action, *errors):
    try:
        action()
    except OSError as error:
        return error.errno in errors or errno.errorcode[error.errno]
    return "it works"
def writable(path):
    return not os.statvfs(path).f_flag & os.ST_RDONLY
def run(*words):
    try:
        return subprocess.run(words, capture_output=True).returncode != 0 or "it works"
    except PermissionError:
        return "it is not executed"
def scribble():
    with open(os.environ["STATE_DIRECTORY"] + "/probe", "w") as file: file.write("x")
    os.chmod(file.name, 0o4755)
allowed = [name for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET")
           if fails(lambda: socket.socket(getattr(socket, name)), errno.EAFNOSUPPORT) is not True]
print("PROBE " + json.dumps({
    "no sockets but Unix sockets": allowed or True,
    "nothing can be written but its own": [path for path in
        ("/", "/usr", "/etc", "/var", "/var/lib", "/run", "/boot", "/proc/sys", "/sys")
        if os.path.exists(path) and writable(path)] or True,
    "its state directory can be written": writable(os.environ["STATE_DIRECTORY"]),
    "no set-user-ID files": fails(scribble, errno.EPERM),
    "no homes": fails(lambda: open("/home/secret"), errno.ENOENT, errno.EACCES),
    "a /tmp of its own": fails(lambda: open("/tmp/secret"), errno.ENOENT),
    "no devices but the harmless": [name for name in os.listdir("/dev")
        if name in ("mem", "kmsg", "console", "fuse", "kvm", "net", "vda", "sda")] or True,
    "no processes but its own": [name for name in os.listdir("/proc") if name.isdigit()
        and os.stat("/proc/" + name).st_uid != os.getuid()] or True,
    "no /proc but of processes": not os.path.exists("/proc/cpuinfo"),
    "no memory that is written and run": fails(lambda: mmap.mmap(-1, 4096,
        prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC), errno.EPERM, errno.EACCES),
    "no namespaces": run("unshare", "--user", sys.executable, "-c", ""),
    "no real-time": fails(lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
                          errno.EPERM),
    "no new host name": fails(lambda: socket.sethostname("probe"), errno.EPERM),
    "no system calls of administrators": fails(lambda: os.chroot("/"), errno.EPERM),
    "no new personality": run("setarch", "linux32", "--", sys.executable, "-c", ""),
    "no other programs": run("/usr/bin/id") == "it is not executed",
}))
'''


@check("the state directory is the daemon's alone")
def state_directory(daemon):
    found = daemon.box.run("find", STATE, "-printf", "%u:%g %m %y\n").stdout.split("\n")[:-1]
    expect(found[0] == "ipamd:ipamd 700 d", f"{STATE} is {found[0]}")
    others = {line for line in found[1:] if line != "ipamd:ipamd 600 f"}
    expect(len(found) > 1 and not others, f"files in it are {others}")
    socket = daemon.box.run("stat", "-c", "%U:%G %a %F", "/run/ipamd/ipamd.sock").stdout.strip()
    expect(socket == "root:root 666 socket", f"the socket is {socket}")


@check("the daemon runs as a user without rights, behind its filters")
def process(daemon):
    pid = daemon.pid
    status = dict(line.split(":\t", 1)
                  for line in daemon.box.read(f"/proc/{pid}/status").splitlines() if ":\t" in line)
    uid = daemon.box.run("id", "-u", "ipamd").stdout.strip()
    gid = daemon.box.run("id", "-g", "ipamd").stdout.strip()
    expect(uid != "0" and status["Uid"].split() == [uid] * 4, f"its users are {status['Uid']}")
    expect(status["Gid"].split() == [gid] * 4, f"its groups are {status['Gid']}")
    expect(status["Groups"].split() in ([], [gid]), f"it is in the groups {status['Groups']}")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        expect(int(status[name], 16) == 0, f"{name} is {status[name]}")
    expect(status["NoNewPrivs"] == "1", "it could get new privileges")
    expect(status["Seccomp"] == "2" and int(status["Seccomp_filters"]) > 0,
           f"system calls are not filtered: Seccomp {status['Seccomp']}")
    for name, own in (("mnt", True), ("net", True), ("user", False)):
        links = [daemon.box.run("readlink", f"/proc/{number}/ns/{name}").stdout
                 for number in (1, pid)]
        expect((links[0] != links[1]) == own, f"its {name} namespace is {links}")
    mounts = daemon.box.read(f"/proc/{pid}/mountinfo").splitlines()
    options = {line.split()[4]: line.split()[5].split(",") for line in mounts}
    expect("ro" in options["/"], "its root can be written")
    expect("rw" in options.get(STATE, []), f"{STATE} is no place that can be written")
    return f"{status['Seccomp_filters']} filters, {len(mounts)} mounts, no capability"


@check("what the unit forbids fails from inside it")
def sandbox(daemon):
    box = daemon.box
    box.write("/usr/local/lib/ipamd-probe.py", PROBE)
    for place in ("/home", "/tmp"):
        box.write(f"{place}/secret", "to be seen by nobody")
    unit = daemon.show("FragmentPath")
    replaced = ("Requires", "After", "Type", "ExecStart", "Restart", "WatchdogSec",
                "StateDirectory")
    lines = [line for line in box.read(unit).splitlines() if line.split("=")[0] not in replaced]
    place = lines.index("[Service]") + 1
    lines[place:place] = ["Type=oneshot", "StateDirectory=ipamd-probe",
                          "ExecStart=/usr/bin/python3 -B /usr/local/lib/ipamd-probe.py",
                          "ExecPaths=/usr/bin/python3 /usr/bin/unshare /usr/bin/setarch"]
    box.write("/run/systemd/system/ipamd-probe.service", "\n".join(lines) + "\n")
    daemon.systemctl("daemon-reload")
    box.run("systemctl", "start", "ipamd-probe.service", check=False)
    box.run("journalctl", "--sync")
    log = box.run("journalctl", "--no-pager", "-u", "ipamd-probe", "-o", "cat").stdout
    lines = [line for line in log.splitlines() if line.startswith("PROBE ")]
    expect(lines, f"the probe says nothing: {log}")
    results = json.loads(lines[-1].removeprefix("PROBE "))
    wrong = {name: result for name, result in results.items() if result is not True}
    expect(not wrong, f"not so: {wrong}")
    box.run("rm", "/run/systemd/system/ipamd-probe.service", "/home/secret")
    daemon.systemctl("daemon-reload")
    return f"{len(results)} things that the unit promises"


# Roles: what each user gets as an exit status of ipamc.

USERS = {"root": None, "boss": "ipam-admin", "agent": "ipam", "neighbour": "ipam",
         "watcher": "ipam-monitor", "stranger": None}
ROLES = ("root", "boss", "agent", "watcher", "stranger")
EXTRA = """
apiVersion: ipam.ironcore.dev/v1alpha1
kind: Prefix
metadata: {name: extra}
spec: {prefix: 198.51.100.0/24}
"""
# Words of ipamc, and the status for each of the roles above.
MATRIX = [
    ("status", "0 0 0 0 77"),
    ("get prefixes", "0 0 0 0 77"),
    ("get prefixallocations", "0 0 0 0 77"),
    ("explain --length 28 --parent pool", "0 0 0 0 77"),
    ("usage pool", "0 0 0 0 77"),
    ("tree", "0 0 0 0 77"),
    ("who 10.0.0.1", "0 0 0 0 77"),
    ("access", "0 0 0 0 77"),
    ("access default --everyone", "0 0 77 77 77"),
    ("check", "0 0 77 0 77"),
    ("metrics", "0 0 77 0 77"),
    ("backup {new}", "0 0 77 77 77"),
    ("apply -f -", "0 0 77 77 77"),
    ("delete prefix extra", "0 0 77 77 77"),
    ("request --name {user} --length 28 --parent pool", "0 0 0 77 77"),
    ("release {user}", "0 0 0 77 77"),
    ("release theirs --dry-run", "0 0 1 77 77"),
    ("delete prefixallocation theirs --dry-run", "0 0 1 77 77"),
]


@check("each role may do what it may do, and nothing else, with users of this machine")
def roles(daemon):
    box = daemon.box
    for user, group in USERS.items():
        if user != "root":
            more = ["--groups", group] if group else []
            box.run("useradd", "--no-create-home", *more, user)
    # Groups are looked up once.
    daemon.systemctl("restart", "ipamd.service")
    daemon.ask("request", "--name=theirs", "--length=28", "--parent=pool", user="neighbour")
    wrong = []
    for words, expected in MATRIX:
        for user, status in zip(ROLES, expected.split()):
            if "extra" in words:
                daemon.ask("apply", "-f", "-", text=EXTRA)
            folder = box.run("mktemp", "-d", user=user).stdout.strip()
            command = words.format(user=user, new=f"{folder}/backup").split()
            result = daemon.ipamc(*command, user=user, text=EXTRA if "-f" in command else None)
            if result.returncode != int(status):
                wrong.append(f"{user}: {words}: {result.returncode}, not {status}: "
                             f"{result.stderr.strip()}")
    expect(not wrong, "\n".join(wrong))
    seen = daemon.ask("get", "prefixallocations", "--output=name", user="agent")
    expect("theirs" not in seen, "an agent sees what another holds")
    refused = daemon.ipamc("status", user="stranger").stderr
    expect(all(group in refused for group in ("ipam-admin", "ipam-monitor")),
           f"a stranger is not told which group to join: {refused}")
    daemon.ask("release", "theirs")
    daemon.ask("delete", "prefix", "extra", "--ignore-not-found")
    return f"{len(MATRIX)} commands by {len(ROLES)} roles"


# Limits, by a user of this machine who is an agent.
LIMITS = """ExecStart=
ExecStart=/usr/bin/ipamd --allocations-per-user 3 --changes-per-second 5"""


@check("an agent gets no more than the limits of one user, and another agent still does")
def limits(daemon):
    words = ("request", "--length=28", "--parent=pool")
    with daemon.settings(LIMITS):
        for number in range(3):
            daemon.ask(*words, f"--name=mine-{number}", user="agent")
        refused = daemon.ipamc(*words, "--name=mine-3", user="agent")
        expect(refused.returncode == 1 and "user_limit" in refused.stderr,
               f"a fourth allocation: {refused.returncode}, {refused.stderr}")
        # Five changes a second, and twice that at once: some forty in two seconds are too many.
        tries = [daemon.ipamc("release", "mine-0", "--dry-run", user="agent") for _ in range(40)]
        busy = [result for result in tries if "busy" in result.stderr]
        expect(busy and all("try again in" in result.stderr for result in busy),
               f"nobody is told to try again: {[result.stderr for result in tries]}")
        daemon.ask(*words, "--name=others", user="neighbour")
        expect(daemon.ipamc("status", user="agent").returncode == 0, "who is busy may not read")
        daemon.ask("release", "mine-0", "mine-1", "mine-2", "others")
    return f"3 of 4 allocations; {len(busy)} changes too many were refused with when to try again"


@check("a namespace that is limited to some is not there for others")
def namespaces(daemon):
    manifest = EXTRA.replace("name: extra", "name: extra, namespace: tenant-a")
    daemon.ask("apply", "-f", "-", text=manifest)
    daemon.ask("access", "tenant-a", "--user=agent")
    words = ("request", "--namespace=tenant-a", "--length=28", "--parent=extra", "--name=inside")
    daemon.ask(*words, user="agent")
    refused = daemon.ipamc(*words[:-1], "--name=outside", user="neighbour")
    expect(refused.returncode == 1 and "extra" not in refused.stderr,
           f"a closed namespace: {refused.returncode}, {refused.stderr}")
    seen = daemon.ask("get", "prefixes", "--all-namespaces", "--output=name", user="neighbour")
    expect("extra" not in seen, f"another agent sees {seen}")
    daemon.systemctl("restart", "ipamd.service")
    still = daemon.ipamc("get", "prefixes", "--namespace=tenant-a", user="neighbour")
    expect(still.returncode != 0, "after a restart everybody may")
    daemon.ask("release", "--namespace=tenant-a", "inside")
    daemon.ask("access", "tenant-a", "--everyone")
    daemon.ask("delete", "prefix", "extra", "--namespace=tenant-a")
    return refused.stderr.strip()


# The journal.


@check("the journal answers who had a prefix, by name, and with explanations")
def journal(daemon):
    box = daemon.box
    prefix = daemon.ask("request", "--name=vm-42", "--length=28", "--parent=pool")
    daemon.ask("release", "vm-42")

    def entries(*words):
        said = box.run("journalctl", "--no-pager", "-o", "json", *words, check=False).stdout
        return [json.loads(line) for line in said.splitlines()]

    until(lambda: len(entries("IPAM_NAME=vm-42")) >= 2, 20, "nothing of vm-42", Failed)
    of_name = entries("IPAM_NAME=vm-42")
    expect([entry["IPAM_OPERATION"] for entry in of_name] == ["request", "release"],
           f"of vm-42 there is {of_name}")
    for entry in of_name:
        for field, value in (("IPAM_PREFIX", prefix), ("IPAM_NAMESPACE", "default"),
                             ("IPAM_PARENT", "pool"), ("IPAM_PEER_UID", "0"),
                             ("_SYSTEMD_UNIT", "ipamd.service")):
            expect(entry.get(field) == value, f"{field} of vm-42 is {entry.get(field)}")
        expect(len(entry["MESSAGE_ID"]) == 32 and int(entry["IPAM_LSN"]) > 0, f"{entry}")
    of_prefix = entries(f"IPAM_PREFIX={prefix}")
    expect({"vm-42"} <= {entry.get("IPAM_NAME") for entry in of_prefix},
           f"of {prefix} there is {of_prefix}")
    expect(entries("-u", "ipamd", "IPAM_NAME=vm-42"), "its entries are not those of the unit")
    explained = box.run("journalctl", "--no-pager", "-x", "-u", "ipamd", "-n", "50").stdout
    for sentence in (f"Subject: {prefix} was allocated to default/vm-42",
                     "Subject: default/vm-42 was released", f"journalctl IPAM_PREFIX={prefix}"):
        expect(sentence in explained, f"journalctl -x does not say: {sentence}")
    kinds = {entry["MESSAGE_ID"] for entry in entries("_SYSTEMD_UNIT=ipamd.service")
             if "MESSAGE_ID" in entry and entry.get("SYSLOG_IDENTIFIER") == "ipamd"}
    catalog = box.run("journalctl", "--list-catalog").stdout
    unknown = [kind for kind in kinds if f"{kind} ipamd: " not in catalog]
    expect(not unknown, f"entries that the catalog does not explain: {unknown}")
    return (f"{prefix} was vm-42's from LSN {of_name[0]['IPAM_LSN']} to {of_name[1]['IPAM_LSN']}; "
            f"{len(kinds)} kinds of entries are explained")
