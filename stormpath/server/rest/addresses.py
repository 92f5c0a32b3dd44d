"""The addresses of one service: its base URL, and the aliases under which requests reach it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from stormpath.sauthc1 import host_value

#: No path of this service is longer.
_LONGEST_PATH: Final = 2048


class Addresses:
    """The base URL, with which hrefs in answers begin, and its aliases: other addresses, and former ones.

    A request is answered alike under all of them. They are as ``Settings.normalized`` returns them.
    """

    def __init__(self, base_url: str, aliases: Iterable[str] = ()) -> None:
        every = tuple(dict.fromkeys((base_url, *aliases)))
        self.root = _root(base_url)
        self.origins = tuple(dict.fromkeys(_origin(each) for each in every))
        self.hosts = tuple(dict.fromkeys(host_value(each) for each in every))
        self._places = tuple(dict.fromkeys((host_value(each), _root(each)) for each in every))
        # The longest first: one may be below another.
        roots = sorted({_root(each) for each in every}, key=len, reverse=True)
        self._roots = tuple(roots)
        self.has_other_paths = len(roots) > 1

    def rest(self, path: str) -> str | None:
        """Return what follows the path of the base URL, or of an alias; ``None`` for any other path."""
        root = next((each for each in self._roots if path.startswith(each)), None)
        return None if root is None else path[len(root) :]

    def signed(self, host: str, raw_path: str) -> Iterator[tuple[str, str]]:
        """Yield the hosts and paths that the client of a request may have signed, other than those received.

        A proxy may send another ``Host``, and another path in place of the base URL's. There are at most as
        many pairs as addresses, and none for a long path, so that a stranger's request costs a few digests.
        """
        if len(raw_path) > _LONGEST_PATH:
            return
        rest = self.rest(raw_path)
        for own_host, root in self._places:
            pair = own_host, raw_path if rest is None else root + rest
            if pair != (host, raw_path):
                yield pair


def _root(url: str) -> str:
    return f"{urlsplit(url).path.rstrip('/')}/"


def _origin(url: str) -> str:
    """Return the origin as browsers send it: in lower case, without the default port."""
    return f"{urlsplit(url).scheme}://{host_value(url)}"
