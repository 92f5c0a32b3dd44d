"""Importing modules first, each in an interpreter that has no other module of the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

# The interpreter forks once for each module: starting one for each would take long. So would importing the
# libraries in each.
CODE = """
import os, sys
import jwt, requests
for module in sys.argv[1:]:
    child = os.fork()
    if not child:
        __import__(module)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(module)
"""


def that_cannot_be_imported_first(modules: Iterable[str]) -> str:
    """Return the modules whose import fails, and what it wrote; an empty text if all succeed."""
    ran = subprocess.run([sys.executable, "-c", CODE, *modules], check=True, capture_output=True, text=True)
    return ran.stdout + ran.stderr
