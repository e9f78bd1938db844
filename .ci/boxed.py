"""A machine in a box: systemd as its first process, journald, and whatever the test does to it.

    enter_own_world()            once, before anything else: all that follows ends with this process
    with Box() as box:
        box.boot()
        box.run("systemctl", "is-system-running")

Nothing of it is seen outside: mounts, processes and files are those of a namespace, and go with it.
"""

import glob
import os
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How the programs of a test find out that they are in a world of their own already.
INSIDE = "IPAMD_SYSTEM_TEST_INSIDE"
CGROUP_NAME = "ipamd-box-"


class Trouble(Exception):
    """The box does not do what it is for; says nothing about the daemon."""


def enter_own_world():
    """Starts this program again where its mounts and processes are its own.

    Even a SIGKILL leaves nothing then: the kernel ends all processes of a namespace with the first,
    and unshare ends the first with itself.
    """
    if os.environ.get(INSIDE):
        return
    os.environ[INSIDE] = "1"
    words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    os.execvp("unshare", words + ["--mount-proc", sys.executable, "-B", *sys.argv])


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

    def __init__(self):
        self.machine = None
        self.helpers = []
        self.folder = tempfile.mkdtemp(prefix="ipamd-box.")
        # A disk in memory: it is for this process alone, and outlives every crash of the machine.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "box", self.folder], check=True)
        os.mkdir(self.disk)
        parent = own_cgroup()
        for old in glob.glob(f"{glob.escape(parent)}/{CGROUP_NAME}*"):
            remove_cgroups(old)
        self.cgroup = f"{parent}/{CGROUP_NAME}{os.urandom(4).hex()}"
        self.pid = None

    @property
    def disk(self):
        """What the machine has written, as seen from here."""
        return f"{self.folder}/disk"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.crash()
        subprocess.run(["umount", "--lazy", self.folder], check=False)
        os.rmdir(self.folder)

    def boot(self, wait=True):
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
        if wait:
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
        state = ""

        def is_up():
            nonlocal state
            state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
            return state in ("running", "degraded")

        until(is_up, 30, "the boot is not over", self.not_booted)
        return state

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
                "--cgroup", "--root", "--wd=/", "--", "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8",
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
    for _ in range(100):
        folders = [folder for folder, _, _ in os.walk(top, topdown=False)]
        try:
            for folder in folders:
                os.rmdir(folder)
            return
        except OSError:
            time.sleep(0.05)
