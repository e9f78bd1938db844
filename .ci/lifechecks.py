"""How the daemon begins and ends: by itself, by plan, by accident, and with the whole machine."""

import contextlib
import json
import re
import time

from boxed import until
from installed import SOCKET, STATE, Failed, check, expect

LOAD_STOP = "/run/load-stop"


class Requesters:
    """Programs that request one allocation after another, and print what was acknowledged.

    When the outcome is unknown, or nothing changed, they ask again with the same name.
    """

    LOOP = """
        number=0
        while [ ! -e "$2" ]; do
            number=$((number + 1)) status=1
            while [ "$status" -ne 0 ]; do
                status=0
                answer=$(ipamc request --name "$1-$number" --length 28 --parent pool \
                    --timeout 20s 2>&1) || status=$?
                case $status in
                0) echo "$1-$number $answer" ;;
                74 | 75) echo "again $status" ;;
                *) echo "error $status $answer"; exit 1 ;;
                esac
            done
        done
    """
    STOP = "/run/requesters-stop"
    COUNT = 4

    def __init__(self, daemon, name):
        self.daemon = daemon
        box = daemon.box
        box.run("rm", "-f", self.STOP)
        self.paths = [f"{box.folder}/acknowledged-{name}-{i}" for i in range(self.COUNT)]
        self.helpers = []
        for index, path in enumerate(self.paths):
            with open(path, "w", encoding="utf-8") as file:
                words = ["sh", "-c", self.LOOP, "sh", f"{name}-{index}", self.STOP]
                self.helpers.append(box.start(*words, stdout=file, stderr=file))
        self.await_more(8)

    def lines(self):
        lines = []
        for path in self.paths:
            with open(path, encoding="utf-8") as file:
                lines += [line.split(maxsplit=2) for line in file.read().splitlines()]
        return lines

    def acknowledged(self):
        return {words[0]: words[1] for words in self.lines() if "/" in words[-1]}

    def await_more(self, count):
        wanted = len(self.acknowledged()) + count
        until(lambda: len(self.acknowledged()) >= wanted, 30,
              f"requests are not answered: {self.lines()[-3:]}", Failed)

    def stop(self):
        self.daemon.box.run("touch", self.STOP)
        for helper in self.helpers:
            helper.wait(timeout=40)

    def check(self):
        """All that was acknowledged is there, the same, and given to nobody else."""
        told = self.acknowledged()
        errors = [words for words in self.lines() if words[0] == "error"]
        expect(not errors, f"a request failed: {errors[:3]}")
        known = self.daemon.allocations()
        lost = [name for name, prefix in told.items() if known.get(name) != prefix]
        expect(not lost, f"{len(lost)} of {len(told)} acknowledged are lost: {lost[:5]}")
        expect(len(set(known.values())) == len(known), "a prefix was given out twice")
        self.daemon.ask("check")
        again = sum(words[0] == "again" for words in self.lines())
        return f"{len(told)} acknowledged allocations are there, {again} requests were asked again"


# Starts.


@check("the first connection starts the daemon")
def activation(daemon):
    daemon.systemctl("stop", "ipamd.service")
    expect(not daemon.is_active(), "ipamd.service is active after its stop")
    expect(daemon.is_active("ipamd.socket"), "ipamd.socket went with the service")
    daemon.ask("status", "--check")
    expect(daemon.is_active(), "it answered, and ipamd.service is not active")


@check("it is started at boot, before the first connection")
def enabled(daemon):
    for unit in ("ipamd.service", "ipamd.socket"):
        state = daemon.box.run("systemctl", "is-enabled", unit, check=False).stdout.strip()
        expect(state == "enabled", f"{unit} is {state} after the installation")


@contextlib.contextmanager
def load(daemon, pause=0):
    """200 clients of the library ask all the while, and check every answer at the end.

    Gives a list, whose first line is then what they say. The pause is in milliseconds, between an
    answer and the next question of a client.
    """
    daemon.begin_anew()
    daemon.box.run("rm", "-f", LOAD_STOP)
    asking = daemon.box.start("ipamtrial", "load", f"--socket={SOCKET}", f"--until={LOAD_STOP}",
                              "--clients=200", f"--pause={pause}")
    first = asking.stdout.readline()
    expect("answer" in first, f"the clients do not begin: {first}")
    said = []
    yield said
    # They have to be served again before they stop.
    time.sleep(1)
    daemon.box.run("touch", LOAD_STOP)
    report, errors = asking.communicate(timeout=90)
    said.append(report.strip())
    expect(asking.returncode == 0, f"{report.strip()}\n{errors.strip()}")


# Ends that nobody planned. No client of the library sees an error even then, for it asks again;
# and an answer of before that is not so after is what it looks for.


def survives(daemon, *signals):
    with load(daemon) as said:
        for name in signals:
            before = daemon.restarts
            time.sleep(0.3)
            daemon.signal(name)
            daemon.await_restart(before, name)
    return said[0]


@check("after SIGKILL it is started again, and nothing that it acknowledged is lost")
def killed(daemon):
    return survives(daemon, "KILL", "KILL")


@check("after a crash it is started again, and nothing that it acknowledged is lost")
def crashed(daemon):
    return survives(daemon, "SEGV")


@check("the watchdog ends a daemon that hangs, and nothing that it acknowledged is lost")
def hung(daemon):
    with daemon.settings("WatchdogSec=2s"):
        said = survives(daemon, "STOP")
    log = daemon.box.run("journalctl", "--no-pager", "-u", "ipamd", "-o", "cat").stdout
    expect("Watchdog timeout" in log, "it was not the watchdog that ended it")
    return said


# Ends that somebody planned.


@check("200 clients notice neither restarts nor an upgrade of the package")
def busy(daemon):
    path, version = daemon.upgrade
    # dpkg needs some of the processor too.
    with load(daemon, pause=50) as said:
        pids = [daemon.pid]
        for _ in range(2):
            daemon.systemctl("restart", "ipamd.service")
            pids.append(daemon.pid)
            time.sleep(0.5)
        daemon.box.run("dpkg", "--install", path)
        pids.append(daemon.pid)
    expect(0 not in pids and len(set(pids)) == len(pids), f"it was not restarted each time: {pids}")
    installed = daemon.box.run("dpkg-query", "-W", "-f", "${Version}", "ipamd").stdout
    expect(installed == version, f"version {installed} is installed, not {version}")
    program = daemon.box.run("readlink", f"/proc/{pids[-1]}/exe").stdout.strip()
    expect(program == "/usr/bin/ipamd", f"after the upgrade {program} goes on running")
    return said[0]


def requests(daemon, name, count=20):
    return [daemon.box.start("ipamc", "request", f"--name={name}-{i}", "--length=28",
                             "--parent=pool", "--timeout=30s") for i in range(count)]


def await_queue(daemon, count):
    """Until so many clients are connected to the socket, and nobody has taken them."""
    queue = ["sh", "-c", f"ss -xl src {SOCKET} | awk 'NR > 1 {{ print $3 }}'"]
    until(lambda: daemon.box.run(*queue).stdout.strip() == str(count), 20,
          "the clients do not connect", Failed)


@check("who connects while nobody serves waits at the socket, and is served by the next start")
def between(daemon):
    hold = "/run/ipamd-hold"
    with daemon.settings(f"ExecStartPre=+/bin/sh -c 'while [ -e {hold} ]; do sleep 0.05; done'"):
        daemon.systemctl("stop", "ipamd.service")
        daemon.box.run("touch", hold)
        clients = requests(daemon, "between")
        await_queue(daemon, len(clients))
        expect(daemon.show("ActiveState") == "activating", "nobody starts for those who connect")
        daemon.box.run("rm", hold)
        answers = [client.communicate(timeout=40) for client in clients]
    for client, (_, error) in zip(clients, answers):
        expect(client.returncode == 0, f"a client got status {client.returncode}: {error.strip()}")
    expect(len({prefix for prefix, _ in answers}) == len(clients), "a prefix was given out twice")


@check("who connects just before a stop is served, or is told that nothing changed")
def late(daemon):
    before = daemon.pid
    # It hangs: they connect, and nobody takes them. The stop wakes it.
    daemon.signal("STOP")
    clients = requests(daemon, "late")
    await_queue(daemon, len(clients))
    daemon.systemctl("stop", "ipamd.service")
    statuses = []
    for index, client in enumerate(clients):
        prefix, error = client.communicate(timeout=40)
        statuses.append(client.returncode)
        expect(statuses[-1] in (0, 75), f"a client got status {statuses[-1]}: {error.strip()}")
        again = daemon.ask("request", f"--name=late-{index}", "--length=28", "--parent=pool")
        expect(statuses[-1] == 75 or again == prefix.strip(), f"late-{index}: {prefix} and {again}")
    expect(daemon.pid not in (0, before), "it is the same daemon still")
    return f"{statuses.count(0)} were served, {statuses.count(75)} were told that nothing changed"


@check("who waits for room waits on through a stop, and is served by the next start")
def waiting(daemon):
    def await_waiting(pid):
        until(lambda: daemon.pid not in (0, pid)
              and json.loads(daemon.ask("status", "--output=json"))["waiting"] == 1,
              20, "nobody waits for room", Failed)

    for name in ("holder", "other"):
        daemon.ask("request", f"--name={name}", "--length=32", "--parent=narrow")
    patient = daemon.box.start("ipamc", "request", "--name=patient", "--length=32",
                               "--parent=narrow", "--wait=60s")
    await_waiting(0)
    before = daemon.pid
    # It connects anew by itself, and so starts the next.
    daemon.systemctl("stop", "ipamd.service")
    await_waiting(before)
    freed = daemon.ask("release", "holder")
    said, error = patient.communicate(timeout=30)
    expect(said.strip() and said.strip() in freed, f"it got {said}{error.strip()}, not {freed}")
    daemon.ask("release", "patient", "other")


# Damage.


@check("damage at the start does not loop: it stays up and says what is damaged")
def damaged(daemon):
    daemon.ask("request", "--name=kept", "--length=28", "--parent=pool")
    daemon.systemctl("stop", "ipamd.socket", "ipamd.service")
    spoil = ("cp -a $0 $0.kept && for file in $0/*; do "
             "printf damage | dd of=$file bs=1 seek=16 conv=notrunc status=none; done")
    daemon.box.run("sh", "-c", spoil, STATE)
    daemon.systemctl("start", "ipamd.socket")
    result = daemon.ipamc("request", "--name=none", "--length=28", "--parent=pool")
    expect(result.returncode == 1 and "state_damaged" in result.stderr,
           f"a request got status {result.returncode}: {result.stderr.strip()}")
    mode = json.loads(daemon.ask("status", "--output=json"))["mode"]
    expect(mode == "damaged", f"the mode is {mode}")
    pid = daemon.pid
    time.sleep(1)
    expect(daemon.is_active() and daemon.pid == pid, "it does not stay up")
    expect(daemon.restarts == 0, f"systemd started it {daemon.restarts} times again")
    offline = daemon.box.run("ipamd", "check", "--state", STATE, check=False)
    expect(offline.returncode == 1, f"ipamd check says nothing: {offline.stdout}")
    daemon.systemctl("stop", "ipamd.socket", "ipamd.service")
    daemon.box.run("sh", "-c", "rm -r $0 && mv $0.kept $0", STATE)
    daemon.systemctl("start", "ipamd.socket", "ipamd.service")
    expect("kept" in daemon.allocations(), "the directory that was put back is not served")
    return re.sub(r"\s+", " ", result.stderr.strip())


# The whole machine.


@check("after an unclean end of the whole machine every acknowledged allocation is there")
def power_cut(daemon):
    # Its processes end at once, and what they had written stays: a disk that loses what was not
    # synced is the business of `ipamtrial powercut`.
    requesters = Requesters(daemon, "power")
    requesters.await_more(20)
    daemon.box.crash()
    daemon.box.boot()
    until(daemon.is_active, 20, "the daemon is not there after the boot", Failed)
    return requesters.check()
