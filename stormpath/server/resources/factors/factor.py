"""Factor: what an account proves itself with besides its password (rest-auth 8.2).

The rules are in ``stormpath.server.factors``: they check codes, and so are above the limits on guesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.factors import authenticator
from stormpath.server.resources.factors.challenge import AUTHENTICATOR, MESSAGE, RECOVERY_CODES, SMS, TYPES
from stormpath.server.resources.options import boolean
from stormpath.server.schema import (
    STATUS,
    Choice,
    Collection,
    Column,
    Hidden,
    Link,
    Number,
    Object,
    Option,
    Resource,
    Secret,
    ShownOnce,
    Text,
    TextOfSecret,
)
from stormpath.server.schema.errors import ApiError, Code

CHALLENGE: Final = "challenge"

#: Codes of a new set, each for one use.
RECOVERY_CODE_COUNT: Final = 10

_SMS: Final = frozenset({SMS})
_AUTHENTICATOR: Final = frozenset({AUTHENTICATOR})
_RECOVERY: Final = frozenset({RECOVERY_CODES})


class FirstChallenge(Object):
    """The challenge that is created with a factor; it is a resource of its own afterwards."""

    shown: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Label(Text):
    """A text in the label of a key: a colon would separate two parts of it."""

    sortable: bool = False

    def check(self, value: Any) -> Any:
        value = super().check(value)
        if ":" in value:
            raise ApiError(Code.INVALID, f"{self.name} is invalid: it cannot contain a colon.")
        return value


SECRET: Final = Secret(
    "secret",
    only_for=_AUTHENTICATOR,
    creatable=False,
    updatable=False,
    shown_while=("verification_status", UNVERIFIED),
    about="The key that the app needs, in Base32; null as soon as the factor is VERIFIED.",
)

FACTOR: Final = Resource(
    "factor",
    "factors",
    (
        Choice(
            "type",
            choices=TYPES,
            required=True,
            updatable=False,
            fixed=True,
            searchable=True,
            about="A phone that gets text messages, an authenticator app, or a set of recovery codes.",
        ),
        STATUS,
        Choice(
            "verificationStatus",
            choices=(UNVERIFIED, VERIFIED),
            default=UNVERIFIED,
            creatable=False,
            updatable=False,
            searchable=True,
            about="VERIFIED from its first right code on.",
        ),
        Link(
            "phone",
            to=("phone",),
            required=True,
            only_for=_SMS,
            embeds=True,
            embeds_beside_href=True,
            creatable=True,
            fixed=True,
            about="The phone: a link to one, or an object with the number of a new or a present one.",
        ),
        FirstChallenge(
            CHALLENGE,
            only_for=_SMS,
            members=(MESSAGE,),
            updatable=False,
            nullable=True,
            about="Sends a code at once; message is its text.",
        ),
        Label(
            "accountName",
            only_for=_AUTHENTICATOR,
            min_length=1,
            nullable=False,
            about="The label in the app; by default the username.",
        ),
        Label("issuer", only_for=_AUTHENTICATOR, about="What the account belongs to, shown by the app."),
        SECRET,
        TextOfSecret(
            "keyUri",
            only_for=_AUTHENTICATOR,
            secret=SECRET,
            read=authenticator.key_uri,
            about="The secret as an otpauth URL; null as soon as the factor is VERIFIED.",
        ),
        TextOfSecret(
            "base64QRImage",
            only_for=_AUTHENTICATOR,
            secret=SECRET,
            read=authenticator.qr_image,
            about="The keyUri as a QR code: a PNG in Base64. Null as soon as the factor is VERIFIED, and "
            "where a long accountName and issuer would make it too large for a camera.",
        ),
        ShownOnce(
            "codes",
            only_for=_RECOVERY,
            about="The codes, in the answer to the creation alone; null ever after.",
        ),
        Number(
            "remaining",
            only_for=_RECOVERY,
            default=RECOVERY_CODE_COUNT,
            creatable=False,
            updatable=False,
            about="How many of the codes are not used yet.",
        ),
        Link("account", to=("account",), nullable=False, fixed=True, about="Whose factor it is."),
        Collection("challenges", of="challenge", accepts_items=True),
        Link("mostRecentChallenge", to=("challenge",), latest=True, about="The challenge created last."),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
        # The last time step of which a code was accepted (RFC 6238, 5.2).
        Hidden("lastStep", column_kind="integer"),
    ),
    about="A second factor of an account.",
    options=(
        Option(
            name=CHALLENGE,
            about="true creates a challenge with the factor: a phone gets a message at once.",
            parse=boolean(CHALLENGE),
        ),
    ),
    unique=(("tenant_id", "phone_id"),),
    variant="type",
)
