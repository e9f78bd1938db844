"""The list of what `.ci/mutants` plants."""

from committing import COMMITTING
from recovering import RECOVERING
from serving import SERVING

ALL = COMMITTING + RECOVERING + SERVING
