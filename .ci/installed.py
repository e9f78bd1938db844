"""The installed daemon as its operator sees it, and what a check of it is.

A check is a sentence, and a function that shows it. It finds the daemon well, and leaves it so.
What it returns is shown beside "ok".
"""

import contextlib
import json

from boxed import until

SOCKET = "/run/ipamd/ipamd.sock"
STATE = "/var/lib/ipamd"
CHECKS = []


class Failed(Exception):
    """The daemon, its units or its package are not as they are said to be."""


def check(sentence):
    def remember(function):
        CHECKS.append((sentence, function))
        return function

    return remember


def expect(condition, sentence):
    if not condition:
        raise Failed(sentence)


class Daemon:
    """The installed daemon, as its operator sees it."""

    ROOTS = """
apiVersion: ipam.ironcore.dev/v1alpha1
kind: Prefix
metadata: {name: pool, labels: {tier: public}}
spec: {prefix: 10.0.0.0/8}
---
apiVersion: ipam.ironcore.dev/v1alpha1
kind: Prefix
metadata: {name: narrow}
spec: {prefix: 192.0.2.0/31}
"""

    def __init__(self, box, upgrade):
        self.box = box
        # The package once more, with a higher version: where it lies in the box, and the version.
        self.upgrade = upgrade

    def show(self, name, unit="ipamd.service"):
        return self.box.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    @property
    def pid(self):
        """Its number in the box; 0 if there is none."""
        return int(self.show("MainPID"))

    @property
    def restarts(self):
        return int(self.show("NRestarts"))

    def is_active(self, unit="ipamd.service"):
        return self.show("ActiveState", unit) == "active"

    def systemctl(self, *words):
        self.box.run("systemctl", *words)

    def signal(self, name):
        self.systemctl("kill", "--kill-whom=main", f"--signal={name}", "ipamd.service")

    def ipamc(self, *words, user=None, text=None):
        return self.box.run("ipamc", *words, user=user, text=text, check=False)

    def ask(self, *words, user=None, text=None):
        """Asks what has to be answered."""
        result = self.ipamc(*words, "--timeout=20s", user=user, text=text)
        expect(result.returncode == 0,
               f"ipamc {' '.join(words)}: status {result.returncode}: {result.stderr.strip()}")
        return result.stdout.strip()

    def allocations(self):
        """Every allocation by its name."""
        document = json.loads(self.ask("get", "prefixallocations", "--output=json"))
        return {item["metadata"]["name"]: item["status"].get("prefix")
                for item in document.get("items", [document])}

    def await_restart(self, before, why):
        until(lambda: self.restarts > before and self.is_active(), 40,
              f"systemd does not start it again after {why}", Failed)

    def begin_anew(self):
        """Forgets everything that it knows."""
        self.systemctl("stop", "ipamd.socket", "ipamd.service")
        self.box.run("find", STATE, "-mindepth", "1", "-delete")
        self.systemctl("start", "ipamd.socket", "ipamd.service")

    def make_well(self):
        """As each check finds it: serving, with its roots, and asked by nobody."""
        self.box.end_helpers()
        self.systemctl("start", "ipamd.socket", "ipamd.service")
        if self.ipamc("status", "--check", "--timeout=20s").returncode != 0:
            self.begin_anew()
        if self.ipamc("get", "prefix", "pool", "narrow", "--timeout=20s").returncode != 0:
            self.ask("apply", "-f", "-", text=self.ROOTS)

    @contextlib.contextmanager
    def settings(self, text):
        """Runs it with a drop-in for a while."""
        folder = "/run/systemd/system/ipamd.service.d"
        self.box.write(f"{folder}/check.conf", f"[Service]\n{text}\n")
        self.systemctl("daemon-reload")
        self.systemctl("restart", "ipamd.service")
        try:
            yield
        finally:
            self.box.run("rm", "-r", folder)
            self.systemctl("daemon-reload")
            self.systemctl("restart", "ipamd.service")
