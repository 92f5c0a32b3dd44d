"""The lines of the log, as the served service writes them."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from stormpath.server.logs.loggers import OneLineFormatter
from stormpath.server.logs.security import LOGGER


class Lines(logging.Handler):
    """The lines of all loggers, at all levels."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(OneLineFormatter("%(levelname)s %(name)s: %(message)s"))
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))

    @property
    def text(self) -> str:
        return "\n".join(self.written)

    def events(self) -> list[dict[str, str]]:
        """The security events, each as names and values."""
        beginning = re.compile(rf"(?:INFO|WARNING) {LOGGER}: ")
        found = [each for each in self.written if beginning.match(each)]
        return [fields(beginning.sub("", each)) for each in found]


def fields(line: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)', line)}


@contextmanager
def all_lines() -> Iterator[Lines]:
    """Collect the lines that are written meanwhile, at all levels."""
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
