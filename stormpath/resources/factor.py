"""Second factors: what an account logs in with besides its password, such as an authenticator app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from stormpath.resources.attributes import Choice, FreeObject, ListOf, Number, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import Link, Links
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.challenge import Challenge, ChallengeList
    from stormpath.resources.phone import Phone


#: What a right code may change.
_CHANGED_BY_A_CODE: Final = ("secret", "key_uri", "base64_q_r_image", "remaining")


class Factor(SaveMixin, DeleteMixin, StatusMixin, DictMixin, Resource):
    """A phone that receives messages, an authenticator app that shows codes, or a set of recovery codes.

    ``challenge`` is for ``create`` only. ``key_uri`` is an app's ``secret`` as a URL, ``base64_q_r_image`` as
    a QR code in a Base64-encoded PNG; all three are ``None`` once the factor is verified. Recovery ``codes``
    are in the answer to ``create`` alone, and ``None`` ever after; each is good for one use, and
    ``remaining`` tells how many are left.
    """

    STATUS_VERIFIED: ClassVar[str] = "VERIFIED"
    STATUS_UNVERIFIED: ClassVar[str] = "UNVERIFIED"
    TYPE_SMS: ClassVar[str] = "SMS"
    TYPE_GOOGLE: ClassVar[str] = "google-authenticator"
    TYPE_RECOVERY_CODES: ClassVar[str] = "recovery-codes"

    type = Choice("SMS", "google-authenticator", "recovery-codes", writable=True)
    status = Status("ENABLED", "DISABLED")
    verification_status = Choice("VERIFIED", "UNVERIFIED")
    account: Link[Account] = Link("Account")
    challenges: Links[ChallengeList] = Links("ChallengeList")
    most_recent_challenge: Link[Challenge | None] = Link("Challenge")
    # For a phone.
    phone: Link[Phone] = Link("Phone", writable=True)
    challenge = FreeObject(writable=True)
    # For an app.
    issuer = Text(writable=True, nullable=True)
    account_name = Text(writable=True)
    secret = Text(nullable=True, secret=True)
    key_uri = Text(nullable=True, secret=True)
    base64_q_r_image = Text(nullable=True, secret=True)
    # Of recovery codes.
    codes: ListOf[str] = ListOf(secret=True)
    remaining = Number()

    def is_verified(self) -> bool:
        """Whether one of its challenges was ever answered correctly."""
        return self.verification_status == self.STATUS_VERIFIED

    def is_sms(self) -> bool:
        """Whether it is a phone that receives messages."""
        return self.type.upper() == self.TYPE_SMS

    @alters_data
    def challenge_factor(self, message: str | None = None, code: str | None = None) -> Challenge:
        """Send a message with a code to the phone, or check a code of the app or of the set; one request.

        ``message`` must contain ``${code}``; by default the service's own is sent. ``code`` is the one that
        the person has: ``ValueError`` when it is missing. What a right code may change is fetched again when
        it is next read.
        """
        if self.is_sms():
            asked = {"message": message}
        elif code:
            asked = {"code": code}
        else:
            raise ValueError(f"a challenge of a {self.type} factor needs a code")
        challenge = self.challenges.create(asked)
        for name in ("verification_status", "most_recent_challenge", "modified_at", *_CHANGED_BY_A_CODE):
            self._drop(name)
        return challenge


class FactorList(CollectionResource[Factor]):
    """The factors of an account."""

    item_path = "/factors"
    resource_class = Factor

    def create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> Factor:
        """POST a new factor, as ``{"type": "SMS", "phone": {"number": ...}}``.

        ``challenge=True`` challenges it at once, and so does ``{"challenge": {"message": ...}}`` among the
        properties: ``ValueError`` when ``challenge=False`` contradicts that.
        """
        given = properties or {}
        is_sms = str(given.get("type", "")).upper() == Factor.TYPE_SMS
        if is_sms and "challenge" in given and params.get("challenge") is False:
            raise ValueError("challenge=False, but the properties hold a challenge to send")
        return super().create(properties, expand, **params)
