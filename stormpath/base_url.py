"""The root of the API: the hrefs below it, and the addresses that requests must not go to."""

import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

CLOSED_ADDRESS = "https://api.stormpath.com/v1"
CLOSED_HOSTS = frozenset({"api.stormpath.com", "enterprise.stormpath.io"})

HOW_TO_START = """\
Nothing says where the users are kept; the public service at api.stormpath.com closed in 2017. Either keep
them in a database of your own, with nothing else to start:

    Client(database="sqlite:///users.db")

or name the address of a running service:

    Client(base_url="https://id.example.com/v1", id="your key id", secret="your key secret")

The environment variables STORMPATH_DATABASE and STORMPATH_CLIENT_BASEURL do the same."""

# Such an href is a secret: knowing it is enough to use the token at its end.
_TOKEN = re.compile(r"(/(?:passwordResetTokens|emailVerificationTokens|authTokens)/+)[^/?#\s]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


class BaseUrl:
    """The address that every href of a client begins with."""

    def __init__(self, url: str) -> None:
        self.url = url.strip().rstrip("/")
        self._prefix = self.url + "/"
        parts = urlsplit(self.url)
        self._origin = _origin(parts)
        self._path = parts.path + "/"
        # The domain may have a new owner by now, so neither a request nor a key is sent there.
        self.is_closed = (parts.hostname or "").rstrip(".") in CLOSED_HOSTS

    def absolute(self, href: str) -> str | None:
        """Return the absolute form of an href, spelled as this base is; None if it is outside. No request."""
        if href.startswith(self._prefix):
            # Nearly every href is spelled like this, so this path does as little as possible.
            return href if "/." not in href and "%2" not in href else _unless_traversing(href)
        if not _ABSOLUTE.match(href):
            full = self.url + href if href.startswith("/") else self._prefix + href
        elif (inside := self._normalized(href)) is not None:
            full = inside
        else:
            return None
        return _unless_traversing(full)

    def _normalized(self, href: str) -> str | None:
        """Accept another spelling of the same origin: upper case, an explicit default port."""
        try:
            parts = urlsplit(href)
            same = _origin(parts) == self._origin and (parts.path + "/").startswith(self._path)
        except ValueError:
            return None
        if not same or "@" in parts.netloc:
            return None
        rest = parts.path[len(self._path) - 1 :]
        return self.url + rest + (f"?{parts.query}" if parts.query else "")


def without_secrets(url: str) -> str:
    """Return a URL for a message, without user name, password, query and token."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable URL"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], without_token(parts.path), "", ""))


def without_token(href: str) -> str:
    """Return an href or path with ``***`` for the token at its end; any other href unchanged."""
    return _TOKEN.sub(r"\1***", href)


def ends_in_token(href: str) -> bool:
    """Return whether an href ends in a token, so that knowing it is enough to use the token."""
    return _TOKEN.search(href) is not None


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _unless_traversing(url: str) -> str | None:
    """Return a URL, or None if its path has a ``.`` or ``..`` segment, by which it could leave the base."""
    path = url.partition("?")[0].partition("#")[0]
    return None if any(unquote(segment) in (".", "..") for segment in path.split("/")) else url
