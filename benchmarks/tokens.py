"""The cost of tokens.

``python benchmarks/tokens.py`` prints one line per promise and ends with status 1 if one is broken.
``--only TEXT`` takes only the measurements whose name contains the text.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from _measure import Row, on_core
from _service_tokens import grants, validation

Measurement = Callable[[], Iterator[Row]]

#: The measurements by name.
MEASUREMENTS: Mapping[str, Measurement] = {"grants": grants, "validation": validation}


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description="The cost of tokens.")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="take the measurements whose name contains it"
    )
    options = parser.parse_args()
    kept = True
    with on_core(0):
        for name, measure in MEASUREMENTS.items():
            if options.only in name:
                for row in measure():
                    print(row, flush=True)
                    kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
