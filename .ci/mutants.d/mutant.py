"""What a fault to plant consists of."""

from dataclasses import dataclass


@dataclass
class Mutant:
    """One fault.

    Each text to replace stands exactly once in its file, so that a change of the code that makes
    the fault stale is noticed. `meaning` says in which words such a fault is usually spoken of;
    where this design has no such thing, a comment beside the fault says why what is planted is
    its nearest equivalent.
    """

    name: str
    meaning: str
    # Either "ipamsim" and its arguments, or a suite to run and the test in it that is to fail.
    catcher: list
    # For each edit: the path, the text to replace, and what it becomes.
    edits: list


# Power cuts and kills at every call; errors of every call; bit rot.
CRASH = ["ipamsim", "crash", "--count", "20"]
FAIL = ["ipamsim", "fail"]
ROT = ["ipamsim", "rot", "--count", "4000", "--sectors"]
