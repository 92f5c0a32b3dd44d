"""The list of an account's logins, in its custom data.

Each login has a key of its own, so that logins at the same moment do not overwrite each other: what it was,
and the time of the password that it rests on. A login is in the list, or it has ended. The day on which it
was last used is another key: to write it must not bring back a login that is ended at that moment.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app, request

from flask_stormpath.logins.user_agents import browser_of, system_of
from flask_stormpath.logins.validity import lifetime, stamp
from flask_stormpath.texts import gettext as _
from stormpath.error import Error

if TYPE_CHECKING:
    from flask_stormpath.models import User

#: Before the id of each login, in the names of keys.
LOGIN: Final = "flaskStormpathLogin-"
USED: Final = "flaskStormpathUsed-"
#: A further login ends the oldest.
MOST: Final = 20
NOT_FOUND: Final = 404


class Login(NamedTuple):
    """A login of an account, as the page of logins gets it.

    ``browser`` and ``system`` are names, and ``address`` is an IP address, each None where it is not known.
    ``since`` is aware; ``used`` is the day of the last use, in UTC.
    """

    id: str
    browser: str | None
    system: str | None
    address: str | None
    since: datetime
    used: date
    is_current: bool

    @property
    def name(self) -> str:
        """The browser and its system in words."""
        if self.browser and self.system:
            return _("%(browser)s on %(system)s", browser=self.browser, system=self.system)
        return self.browser or self.system or _("Unknown browser")


def is_on() -> bool:
    """Whether logins are listed."""
    return bool(current_app.config["STORMPATH_ENABLE_SESSIONS"])


def add(user: User) -> str:
    """Put the login of this request into the list, and return its id.

    One request, one more where the custom data is not cached, and one for each old login that leaves the
    list: those that have ended by themselves, and the oldest beyond `MOST`.
    """
    _tidy(user)
    user_agent = str(request.user_agent)
    return _write(
        user,
        {
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "address": request.remote_addr,
            "browser": browser_of(user_agent),
            "system": system_of(user_agent),
        },
    )


def holds(user: User, id: str) -> bool:
    """Whether a login is in the list. No request while the custom data is held or cached."""
    return bool(id) and isinstance(user.custom_data.get(LOGIN + id), dict)


def note_use(user: User, id: str) -> None:
    """Write that a login in the list is used today; one request a day."""
    today = datetime.now(UTC).date().isoformat()
    held = user.custom_data
    if held.get(USED + id) == today or str(held[LOGIN + id].get("since")).startswith(today):
        return
    # A page does not fail because of this.
    with suppress(Error):
        held[USED + id] = today
        held.save()


def keep(user: User, id: str) -> str:
    """Let a login outlast a new password, and return its new id; two requests. The others have ended."""
    entry = user.custom_data.get(LOGIN + id)
    if not isinstance(entry, dict):
        return id
    kept = _write(user, entry)
    end(user, id)
    return kept


def end(user: User, *ids: str) -> None:
    """Take logins out of the list; one request for each, and for the day of its last use."""
    for id in ids:
        _delete(user, LOGIN + id, USED + id)


def end_others(user: User, current: str | None) -> None:
    """End all logins but one, also those that were made meanwhile; one request to look, and two for each."""
    user.custom_data.refresh()
    end(user, *(id for id in _entries(user) if id != current))


def logins(user: User, current: str | None = None) -> list[Login]:
    """Return the logins that have not ended, the current one first, then the newest.

    No request while the custom data is held or cached.
    """
    held = _entries(user)
    found = [
        _login(id, entry, user.custom_data.get(USED + id), current)
        for id, entry in held.items()
        if not _has_ended(user, id, entry)
    ]
    return sorted(found, key=lambda each: (each.is_current, each.since), reverse=True)


def without_entries(custom_data: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom data without the list: for whatever shows it to people."""
    return {key: value for key, value in custom_data.items() if not key.startswith((LOGIN, USED))}


def _entries(user: User) -> dict[str, dict[str, Any]]:
    return {
        key.removeprefix(LOGIN): value
        for key, value in user.custom_data.items()
        if key.startswith(LOGIN) and isinstance(value, dict)
    }


def _tidy(user: User) -> None:
    """Make room for another login."""
    held = _entries(user)
    ended = {id for id, entry in held.items() if _has_ended(user, id, entry)}
    alive = sorted(held.keys() - ended, key=lambda id: str(held[id].get("since")))
    end(user, *ended, *alive[: max(0, len(alive) - MOST + 1)])
    used = [key for key in user.custom_data if key.startswith(USED)]
    _delete(user, *(key for key in used if key.removeprefix(USED) not in held))


def _has_ended(user: User, id: str, entry: Mapping[str, Any]) -> bool:
    """Whether a login in the list has ended by itself: by another password, or because it was not used."""
    used = max(_time(entry.get("since")), _time(user.custom_data.get(USED + id)))
    # The day that is written may be the day before the last use.
    unused = datetime.now(UTC) - used - timedelta(days=1)
    return entry.get("password") != stamp(user) or unused > lifetime()


def _login(id: str, entry: Mapping[str, Any], used: Any, current: str | None) -> Login:
    since = _time(entry.get("since"))
    return Login(
        id,
        entry.get("browser"),
        entry.get("system"),
        entry.get("address"),
        since,
        max(since, _time(used)).date(),
        id == current,
    )


def _time(text: Any) -> datetime:
    """Return a time, or a day, that was written; long ago for what an app has damaged."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _write(user: User, entry: Mapping[str, Any]) -> str:
    id = secrets.token_urlsafe(9)
    user.custom_data[LOGIN + id] = {**entry, "password": stamp(user)}
    user.custom_data.save()
    return id


def _delete(user: User, *keys: str) -> None:
    for key in keys:
        if key not in user.custom_data:
            continue
        del user.custom_data[key]
        try:
            user.custom_data.save()
        except Error as refused:
            if refused.status != NOT_FOUND:
                raise
            # Ended elsewhere meanwhile.
            user.custom_data.refresh()
