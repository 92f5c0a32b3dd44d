"""Challenge: one attempt to prove a factor by a code (rest-auth 8.2, 8.3).

The rules are in ``stormpath.server.factors``: they check codes, and so are above the limits on guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from stormpath.server.domain.challenges import (
    CREATED,
    FAILED,
    PENDING,
    SUCCESS,
    UNDELIVERED,
    WAITING_FOR_PROVIDER,
    WAITING_FOR_VALIDATION,
)
from stormpath.server.schema import (
    Attribute,
    Column,
    ExpiringChoice,
    Hidden,
    Link,
    Resource,
    Text,
    check_encoding,
    required,
    wrong_type,
)
from stormpath.server.schema.errors import ApiError, Code

#: The types of factors, and so of their challenges.
SMS: Final = "SMS"
AUTHENTICATOR: Final = "google-authenticator"
RECOVERY_CODES: Final = "recovery-codes"
TYPES: Final = (SMS, AUTHENTICATOR, RECOVERY_CODES)

EXPIRED: Final = "EXPIRED"

PLACEHOLDER: Final = "${code}"
DEFAULT_MESSAGE: Final = f"Your verification code is {PLACEHOLDER}"

#: As long as four messages of a phone that are shown as one.
LONGEST_MESSAGE: Final = 612

#: Codes of apps and phones have so many digits; leading zeros are restored where a number is sent.
DIGITS: Final = 6

_LONGEST_CODE: Final = 64


@dataclass(frozen=True, kw_only=True)
class Message(Text):
    """The text of a message, with the place of the code in it."""

    sortable: bool = False

    def check(self, value: Any) -> Any:
        value = super().check(value)
        if PLACEHOLDER not in value:
            raise ApiError(
                Code.MESSAGE_WITHOUT_CODE,
                f"The message must contain {PLACEHOLDER}.",
                f"{self.name} must contain {PLACEHOLDER}, which is replaced by the code.",
            )
        return value


@dataclass(frozen=True, kw_only=True)
class CodeText(Attribute):
    """A code that is submitted: a string, or a number of up to six digits. It is never shown."""

    nullable: bool = False

    shown: ClassVar[bool] = False
    schema_type: ClassVar[Mapping[str, Any]] = {"type": ["string", "integer"]}

    def columns(self) -> tuple[Column, ...]:
        return ()

    def check(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            # No longer one is a code, and to write it out takes a time that grows with its length.
            return f"{value:0{DIGITS}d}" if 0 <= value < 10**DIGITS else "-"
        if not isinstance(value, str):
            raise wrong_type(self.name, "a string or a number", value)
        if len(value) > _LONGEST_CODE:
            raise ApiError(
                Code.TOO_LONG, f"{self.name} maximum length is {_LONGEST_CODE}, and yours is {len(value)}."
            )
        check_encoding(self.name, value)
        if not value.strip():
            raise required(self.name)
        return value


MESSAGE: Final = Message(
    "message",
    only_for=frozenset({SMS}),
    updatable=False,
    default=DEFAULT_MESSAGE,
    max_length=LONGEST_MESSAGE,
    about="The text of the message; ${code} is where the code goes.",
)

CHALLENGE: Final = Resource(
    "challenge",
    "challenges",
    (
        ExpiringChoice(
            "status",
            choices=(
                CREATED,
                WAITING_FOR_PROVIDER,
                WAITING_FOR_VALIDATION,
                SUCCESS,
                FAILED,
                EXPIRED,
                "ERROR",
                UNDELIVERED,
                "DENIED",
                "CANCELLED",
            ),
            default=CREATED,
            creatable=False,
            updatable=False,
            searchable=True,
            expired=EXPIRED,
            pending=PENDING,
            ends="expires_at",
            about="EXPIRED after five minutes without the right code.",
        ),
        MESSAGE,
        CodeText("code", about="The code that the person has typed. Accepted, never shown."),
        Link("factor", to=("factor",), nullable=False, fixed=True, about="The factor that is to be proved."),
        Link("account", to=("account",), nullable=False, fixed=True, about="Whose factor it is."),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
        Hidden("factorType", column_kind="text", nullable=False),
        # Of the code of a message; the codes of other factors are not the challenge's.
        Hidden("codeDigest", column_kind="id"),
        Hidden("wrongCodes", column_kind="integer", nullable=False, default=0),
        Hidden("expiresAt", column_kind="instant", nullable=False),
    ),
    about="One attempt to prove a factor by a code.",
    verbs=("GET", "POST"),
    variant="factor_type",
)
