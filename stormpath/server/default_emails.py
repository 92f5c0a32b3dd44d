"""The e-mail templates every directory starts with (rest-core 5.18, 6.14), as plain values.

Migrations give the same ones to directories that are older than templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERIFICATION: Final = "verification"
VERIFICATION_SUCCESS: Final = "verificationSuccess"
WELCOME: Final = "welcome"
RESET: Final = "reset"
RESET_SUCCESS: Final = "resetSuccess"

#: The pages of the service to which links lead, on the host of the base URL (server/pages).
VERIFICATION_PAGE: Final = "/emailVerificationTokens"
RESET_PAGE: Final = "/passwordReset"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultEmail:
    """What a template of one kind starts with. ``page`` is the page of the service that its link leads to."""

    name: str
    description: str
    subject: str
    paragraphs: tuple[str, ...]
    page: str | None = None

    @property
    def text_body(self) -> str:
        """The paragraphs as plain text."""
        return "\n\n".join(self.paragraphs) + "\n"

    @property
    def html_body(self) -> str:
        """The paragraphs as HTML, the macro of the link as a link."""
        lines = (each.replace("${url}", '<a href="${url}">${url}</a>') for each in self.paragraphs)
        return "\n".join(f"<p>{each}</p>" for each in lines) + "\n"


_GREETING: Final = "Hello $!{account.givenName},"

DEFAULT_EMAILS: Final[dict[str, DefaultEmail]] = {
    VERIFICATION: DefaultEmail(
        name="Default Verification Email Template",
        description="Asks the owner of a new account to confirm its e-mail address.",
        subject="Verify your account",
        paragraphs=(
            _GREETING,
            "An account was registered with this e-mail address. To confirm that the address is yours, open:",
            "${url}",
            "Did you not register? Then there is nothing to do.",
        ),
        page=VERIFICATION_PAGE,
    ),
    VERIFICATION_SUCCESS: DefaultEmail(
        name="Default Verification Success Email Template",
        description="Tells the owner of an account that its e-mail address is confirmed.",
        subject="Your account has been confirmed",
        paragraphs=(_GREETING, "Thank you: your e-mail address is confirmed, and you can log in now."),
    ),
    WELCOME: DefaultEmail(
        name="Default Welcome Email Template",
        description="Welcomes the owner of a new account.",
        subject="Your registration was successful",
        paragraphs=(_GREETING, "Welcome! Your account is ready; your username is ${account.username}."),
    ),
    RESET: DefaultEmail(
        name="Default Password Reset Email Template",
        description="Carries the link with which the owner of an account chooses a new password.",
        subject="Reset your Password",
        paragraphs=(
            _GREETING,
            "Somebody asked for a new password for your account. To choose one, open:",
            "${url}",
            "The link is good for ${expirationWindow} hours. Was it not you? Your password stays as it is.",
        ),
        page=RESET_PAGE,
    ),
    RESET_SUCCESS: DefaultEmail(
        name="Default Password Reset Success Email Template",
        description="Tells the owner of an account that its password was changed.",
        subject="Your password has been changed",
        paragraphs=(
            _GREETING,
            "The password of your account has just been changed. Was it not you? Ask for a new one at once.",
        ),
    ),
}
