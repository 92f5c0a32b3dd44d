"""Second factors as templates get them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from flask_stormpath.factors import second_factor
from stormpath.resources.factor import Factor

#: The kinds, as templates ask for them.
KINDS: Final = {
    Factor.TYPE_GOOGLE: "app",
    Factor.TYPE_SMS: "phone",
    Factor.TYPE_RECOVERY_CODES: "recovery_codes",
}


class ShownFactor(NamedTuple):
    """A factor of the person who sees the page.

    ``kind`` is ``app``, ``phone`` or ``recovery_codes``; ``number`` is the end of a phone's, and
    ``remaining`` the number of recovery codes that are left: None for other kinds. ``url`` is the page of a
    login that asks for it.
    """

    id: str
    kind: str
    created_at: datetime
    is_enabled: bool
    number: str | None = None
    remaining: int | None = None
    url: str = ""

    @classmethod
    def of(cls, factor: Factor) -> ShownFactor:
        """Return what is shown of a factor, whose phone is held."""
        return cls(
            second_factor.id_of(factor),
            KINDS[factor.type],
            factor.created_at,
            factor.is_enabled(),
            number=second_factor.number_of(factor) if factor.is_sms() else None,
            remaining=factor.remaining if factor.type == Factor.TYPE_RECOVERY_CODES else None,
        )


class NewFactor(NamedTuple):
    """A factor that waits for its first code.

    ``image`` is the URL of the QR code of an app, and ``secret`` what a person types instead; both are None
    for a phone, and when they were shown before.
    """

    id: str
    kind: str
    image: str | None = None
    secret: str | None = None
    number: str | None = None
