"""A machine in a box: systemd as its first process, journald, and whatever the test does to it.

    place = own_world()          once, before anything else: all that follows ends with this process
    with Box(*place) as box:
        box.boot()
        box.run("systemctl", "is-system-running")

Nothing of it is seen outside: mounts, processes and files are those of a namespace, and go with it.
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How a program finds out that it is in a world of its own already, and what was made for it.
PLACE = "IPAMD_BOX_PLACE"


class Trouble(Exception):
    """The box does not do what it is for; says nothing about the daemon."""


def is_own_world():
    return PLACE in os.environ


def own_world():
    """Runs this program again where its mounts and processes are its own, and ends with it.

    Returns there: with the folder and the cgroup of a box. However one of the two ends, the kernel
    ends every process of that world; this one, outside, removes folder and cgroup after it.
    """
    if is_own_world():
        return os.environ[PLACE].split(":")
    cgroup = f"{own_cgroup()}/ipamd-box-{os.urandom(4).hex()}"
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    folder = tempfile.mkdtemp(prefix="ipamd-box.")
    world = subprocess.Popen(
        ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--propagation=private", "--pid",
         "--fork", "--kill-child", "--mount-proc", sys.executable, "-B", *sys.argv],
        env={**os.environ, PLACE: f"{folder}:{cgroup}"})
    try:
        sys.exit(world.wait())
    finally:
        world.kill()
        world.wait()
        remove_cgroups(cgroup)
        os.rmdir(folder)


def own_cgroup():
    """Where this process is in the cgroup hierarchy that systemd wants, version 2."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        tops = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    with open("/proc/self/cgroup", encoding="utf-8") as lines:
        own = [line.strip()[3:] for line in lines if line.startswith("0::")]
    if not tops or not own:
        raise Trouble("this machine has no cgroups of version 2, and systemd needs them")
    return tops[0] + own[0].rstrip("/")


def until(condition, seconds, what, trouble=Trouble):
    """The first true value of a condition; an error if there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise trouble(f"{what}: not within {seconds} seconds")
        time.sleep(0.02)


class Box:
    """One machine with one disk, which can boot more than once."""

    def __init__(self, folder, cgroup):
        self.folder = folder
        self.cgroup = cgroup
        self.machine = None
        self.pid = None
        self.helpers = []
        # A disk in memory: it is for this process alone, and outlives every crash of the machine.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "box", folder], check=True)
        os.mkdir(self.disk)

    @property
    def disk(self):
        """What the machine has written, as seen from here."""
        return f"{self.folder}/disk"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.crash()

    def boot(self):
        """Starts systemd, and waits until it has started everything."""
        os.makedirs(self.cgroup, exist_ok=True)
        report = f"{self.folder}/process"
        if os.path.exists(report):
            os.remove(report)

        def join():
            with open(f"{self.cgroup}/cgroup.procs", "w", encoding="ascii") as members:
                members.write("0")

        words = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--propagation",
                 "private", "--uts", "--ipc", "--net", "--cgroup", f"{HERE}/box", self.folder]
        # pylint: disable-next=subprocess-popen-preexec-fn
        self.machine = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=join)
        until(lambda: self.is_systemd(report), 20, "systemd is not there", self.not_booted)
        self.await_boot()

    def is_systemd(self, report):
        if self.machine.poll() is not None:
            raise self.not_booted("it ended at once")
        try:
            with open(report, encoding="ascii") as file:
                self.pid = int(file.read())
            with open(f"/proc/{self.pid}/comm", encoding="ascii") as file:
                return file.read().strip() == "systemd"
        except (OSError, ValueError):
            return False

    def await_boot(self):
        def is_up():
            state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
            return state in ("running", "degraded")

        until(is_up, 30, "the boot is not over", self.not_booted)

    def not_booted(self, why):
        console = ""
        if os.path.exists(f"{self.folder}/console"):
            with open(f"{self.folder}/console", encoding="utf-8", errors="replace") as file:
                console = file.read()[-2000:]
        said = self.machine.stderr.read().decode() if self.machine.poll() is not None else ""
        return Trouble(f"the box does not boot: {why}\n{said}{console}")

    def words(self, words, user=None):
        """The command line that runs a command in the box, there as a user."""
        # Whoever ends nsenter ends the command too.
        become = ["setpriv", "--pdeathsig=KILL"]
        if user:
            become += [f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return ["nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--net", "--pid",
                "--cgroup", "--root", "--wdns=/", "--", "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8",
                "HOME=/", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0", "SWIFT_BACKTRACE=enable=no",
                *become, "--", *words]

    def run(self, *words, user=None, check=True, timeout=60, text=None):
        """Runs a command in the box to its end."""
        result = subprocess.run(
            self.words(words, user), capture_output=True, text=True, timeout=timeout, check=False,
            input=text, stdin=subprocess.DEVNULL if text is None else None)
        if check and result.returncode != 0:
            raise Trouble(f"{shlex.join(words)} ended with {result.returncode}: "
                          f"{result.stderr.strip() or result.stdout.strip()}")
        return result

    def start(self, *words, user=None, **options):
        """Runs a command in the box on the side."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, "text": True, **options}
        helper = subprocess.Popen(self.words(words, user), **options)
        self.helpers.append(helper)
        return helper

    def end_helpers(self):
        """Ends what start() began."""
        for helper in self.helpers:
            helper.kill()
            helper.communicate()
        self.helpers = []

    def read(self, path):
        return self.run("cat", path).stdout

    def write(self, path, text):
        self.run("install", "-D", "-m", "644", "/dev/stdin", path, text=text)

    def crash(self):
        """Ends all processes of the machine at once, as a power cut does."""
        if self.machine:
            # The first process takes all others of its namespace with it.
            self.machine.kill()
            self.machine.communicate()
            self.machine = None
        self.end_helpers()
        remove_cgroups(self.cgroup)


def remove_cgroups(top):
    """Removes what a machine leaves in the hierarchy outside, as soon as nobody is in it."""
    def are_removed():
        try:
            for folder, _, _ in os.walk(top, topdown=False):
                os.rmdir(folder)
        except OSError:
            # The last processes are still on their way out.
            return False
        return True

    until(are_removed, 5, f"{top} is in use")
