"""A real reverse proxy on loopback ports, configured by the documentation's own page."""

import re
import socket
import textwrap
from pathlib import Path

from support.child_server import ChildServer

PAGE = Path(__file__).parents[2] / "docs" / "proxy.rst"


def block_of_page(name: str, **replaced: str) -> str:
    """Return the code block of that name in ``docs/proxy.rst``, with texts replaced that it must contain."""
    found = re.search(rf"\.\. code-block:: \w+\n +:name: {name}\n\n((?: .*\n|\n)+)", PAGE.read_text())
    assert found, f"{PAGE} has no block named {name}"
    return replace(textwrap.dedent(found[1]), replaced)


def replace(text: str, replaced: dict[str, str]) -> str:
    """Return the text with each key replaced by its value; it must contain the keys."""
    for old, new in replaced.items():
        assert old in text, f"{old!r} is not in\n{text}"
        text = text.replace(old, new)
    return text


class ProxyServer(ChildServer):
    """A proxy with that configuration, which listens on ``ports``: it is ready when the last one answers."""

    def __init__(self, configuration: str, ports: list[int]) -> None:
        self._configuration = configuration
        self._ports = ports
        super().__init__()

    def _write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "pid"

    def _answering_pid(self) -> int | None:
        for port in self._ports:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)):
                    return None
        text = self._pid_file.read_text().strip() if self._pid_file.exists() else ""
        return int(text) if text else None
