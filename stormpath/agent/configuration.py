"""What the service tells an agent: its configuration, and the logins that it shall try."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LDAP: Final = "ldap"
AD: Final = "ad"


class NotUnderstood(ValueError):
    """An answer of the service is not as the protocol says."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration of an agent; ``config`` is that of the API, with the password of the bind user."""

    version: str
    directory: str
    kind: str
    hash_schemes: tuple[str, ...]
    config: Mapping[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, version: Any, body: Any) -> Configuration:
        """Read the configuration in an answer; raise `NotUnderstood`."""
        try:
            found = cls(
                _text(version),
                _text(body["directory"]),
                _text(body["kind"]),
                tuple(map(_text, body["hashSchemes"])),
                dict(body["config"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            # Without its cause, which may show the password.
            raise NotUnderstood(f"the configuration is not understood ({type(error).__name__})") from None
        if found.kind not in (LDAP, AD):
            raise NotUnderstood(f"a directory of the kind {found.kind[:40]!r} is not known")
        return found

    @property
    def poll_minutes(self) -> float:
        """The minutes between two synchronizations."""
        value = self.config.get("pollInterval")
        return max(1.0, float(value)) if isinstance(value, int | float) else 15.0


@dataclass(frozen=True, slots=True)
class Login:
    """A login that waits for its bind until ``ends_at``, by the monotonic clock."""

    id: str
    entry_id: str | None
    dn: str
    password: str = field(repr=False)
    ends_at: float

    @classmethod
    def parse(cls, body: Any) -> Login:
        """Read a login in an answer; raise `NotUnderstood`."""
        try:
            entry_id = body["entryId"]
            return cls(
                _text(body["id"]),
                None if entry_id is None else _text(entry_id),
                _text(body["dn"]),
                _text(body["password"]),
                time.monotonic() + float(body["seconds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NotUnderstood(f"a login is not understood ({type(error).__name__})") from None

    @property
    def seconds(self) -> float:
        """The seconds that are left to it; 0 if they are over."""
        return max(0.0, self.ends_at - time.monotonic())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
