"""How far a bulk action is: carried from page to page by the form itself, under the service's key.

Nothing is kept in the process, so any worker goes on with it. A state is good for the session that began it,
for an hour.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from stormpath.server.schema.errors import ApiError, Code

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest

#: Of so many rows the former status is remembered, and so many failures are told one by one.
MOST_UNDONE: Final = 1000
MOST_FAILURES: Final = 50

#: The longest form of a state.
LONGEST: Final = 256 * 1024

_LIFETIME_MS: Final = 60 * 60 * 1000
_PURPOSE: Final = "console bulk action"


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """A row that could not be changed: its id, what it is called, and why."""

    id: str
    title: str
    text: str


class State(msgspec.Struct, array_like=True):
    """A bulk action that is under way. ``path`` is that of its list, below the root.

    ``action`` is a status, ``delete``, or ``undo`` of an action that set ``expected``. ``targets`` are the
    ids that are left, each with its new status (empty for a deletion). Where ``query`` is given, the rows are
    instead those of the list that match, read on from ``cursor``. ``former`` has the statuses that ids had.
    ``back`` is the path of the page on which it was begun.
    """

    action: str
    path: str
    began_at: int
    total: int
    targets: list[tuple[str, str]] = []
    query: dict[str, str] | None = None
    cursor: str = ""
    is_finished: bool = False
    done: int = 0
    failed: int = 0
    failures: list[Failure] = []
    former: list[tuple[str, str]] = []
    is_all_remembered: bool = True
    expected: str = ""
    back: str = ""

    def fail(self, id: str, title: str, text: str) -> None:
        """Note that a row could not be changed."""
        self.failed += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(Failure(id, title[:80], text[:300]))

    def remember(self, id: str, status: str) -> None:
        """Note the status that a row had, while there is room."""
        if len(self.former) < MOST_UNDONE:
            self.former.append((id, status))
        else:
            self.is_all_remembered = False

    @property
    def undo(self) -> State | None:
        """The action that restores the former statuses; ``None`` where there are none."""
        if not self.former:
            return None
        return State(
            "undo",
            self.path,
            self.began_at,
            len(self.former),
            list(self.former),
            expected=self.action,
            back=self.back,
        )


def sealed(request: ConsoleRequest, state: State) -> str:
    """Return a state for a field of a form."""
    packed = zlib.compress(msgspec.json.encode(state))
    text = base64.urlsafe_b64encode(packed).decode()
    return f"{text}.{_seal(request, text)}"


def opened(request: ConsoleRequest, value: str, path: str) -> State:
    """Return the state in a field; raise ``ApiError`` for one of another session, list or hour."""
    text, _, seal = value.partition(".")
    is_ours = len(value) <= LONGEST and hmac.compare_digest(_seal(request, text).encode(), seal.encode())
    # Nothing of it is read before it is known to be ours: it could be small, and large once it is unpacked.
    state = _read(text) if is_ours else None
    now = request.current.context.now_ms()
    if state is None or state.path != path or not 0 <= now - state.began_at < _LIFETIME_MS:
        raise ApiError(Code.BAD_REQUEST, "This bulk action is of an earlier session. Please begin it again.")
    return state


def _read(text: str) -> State | None:
    try:
        return msgspec.json.decode(zlib.decompress(base64.urlsafe_b64decode(text)), type=State)
    except (binascii.Error, zlib.error, ValueError, msgspec.MsgspecError):
        return None


def _seal(request: ConsoleRequest, text: str) -> str:
    data = f"{request.current.session.id}\0{text}".encode(errors="surrogatepass")
    return request.console.secrets.digest(data, _PURPOSE)
