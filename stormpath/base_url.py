"""The root of the API: the hrefs below it, and the addresses that requests must not go to."""

import re
from collections.abc import Iterable
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
_TOKEN = re.compile(r"(/(?:passwordResetTokens|emailVerificationTokens|authTokens|invitations)/+)[^?#\s]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")


class BaseUrl:
    """The address that every href of a client begins with; ``aliases`` are others of the same service.

    ``url`` is in the form of `normalized`. Hrefs below an alias are spelled as if they were below ``url``, so
    that no request goes to an alias: an alias may be an address that is closed or belongs to someone else by
    now. ``ValueError`` for an alias that is no base URL, or below ``url`` itself.
    """

    def __init__(self, url: str, aliases: Iterable[str] = ()) -> None:
        self.url = normalized(url)
        self.prefix = self.url + "/"
        others = dict.fromkeys(normalized(each, "An alias of the base URL") for each in aliases)
        others.pop(self.url, None)
        for each in others:
            if each.startswith(self.prefix):
                raise ValueError(f"The alias {without_secrets(each)} is below the base URL itself")
        # The longest first: an alias may be below another.
        self.aliases = tuple(sorted(others, key=len, reverse=True))
        self._alias_prefixes = tuple(f"{each}/" for each in self.aliases)
        self._places = [_Place(each) for each in (self.url, *self.aliases)]
        # The domain may have a new owner by now, so neither a request nor a key is sent there.
        self.is_closed = (urlsplit(self.url).hostname or "").rstrip(".") in CLOSED_HOSTS

    def absolute(self, href: str) -> str | None:
        """Return the absolute form of an href, spelled as this base is; None if it is outside. No request."""
        if href.startswith(self.prefix):
            # Nearly every href is spelled like this, so this path does as little as possible.
            return href if "/." not in href and "%2" not in href else _unless_traversing(href)
        for alias in self._alias_prefixes:
            # As the service spells the links in its answers.
            if href.startswith(alias):
                full = self.prefix + href[len(alias) :]
                return full if "/." not in full and "%2" not in full else _unless_traversing(full)
        if not _ABSOLUTE.match(href):
            full = self.url + href if href.startswith("/") else self.prefix + href
        elif (rest := self._rest(href)) is not None:
            full = self.url + rest
        else:
            return None
        return _unless_traversing(full)

    def _rest(self, href: str) -> str | None:
        """Return what follows the base URL, or an alias, in another spelling of it; None for others."""
        try:
            parts = urlsplit(href)
            if "@" in parts.netloc:
                return None
            rests = (each.rest(parts) for each in self._places)
            path = next((each for each in rests if each is not None), None)
        except ValueError:
            return None
        return None if path is None else path + (f"?{parts.query}" if parts.query else "")


class _Place:
    """A base URL, taken apart."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._origin = _origin(parts)
        self._path = parts.path + "/"

    def rest(self, parts: SplitResult) -> str | None:
        """Return the part of a URL's path that follows this one; None if the URL is elsewhere."""
        if _origin(parts) != self._origin or not (parts.path + "/").startswith(self._path):
            return None
        return parts.path[len(self._path) - 1 :]


def normalized(url: str, what: str = "A base URL") -> str:
    """Return a base URL as all its spellings are written: host in lower case, no default port, no last slash.

    ``ValueError`` for a URL that is not like ``https://id.example.com/v1``.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        is_one = parts.scheme in _DEFAULT_PORTS and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.query or parts.fragment or re.search(r"[\s\\]", text):
        raise ValueError(
            f"{what} begins with http:// or https://, as https://id.example.com/v1 does: not {_shown(text)!r}"
        )
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}").removesuffix(":")
    return f"{parts.scheme}://{user}{at}{host}{parts.path.rstrip('/')}"


def listed(urls: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return URLs that are given one by one, or as one text with commas between."""
    each = urls.split(",") if isinstance(urls, str) else urls or ()
    return tuple(url.strip() for url in each if url.strip())


def _shown(url: str) -> str:
    # It may hold a password.
    return f"...@{url.rpartition('@')[2]}" if "@" in url else url


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
