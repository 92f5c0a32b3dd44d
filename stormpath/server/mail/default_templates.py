"""The e-mail templates every directory starts with (rest-core 5.18, 6.14), as plain values.

Migration 0004 has its own copy, for directories older than templates: a change here does not reach it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stormpath.server.schema.email_kinds import (
    ADDRESS_CHANGED,
    INVITATION,
    RESET,
    RESET_SUCCESS,
    TENANT_CREATED,
    TENANT_NAMES,
    TENANT_REGISTRATION,
    VERIFICATION,
    VERIFICATION_SUCCESS,
    WELCOME,
)

#: The pages of the service to which links lead, on the host of the base URL (server/pages).
VERIFICATION_PAGE: Final = "/emailVerificationTokens"
RESET_PAGE: Final = "/passwordReset"


_URL: Final = "${url}"

#: Values that have several lines.
_OF_LINES: Final = ("${message}", "${tenants}")

# Mail programs know little CSS, and most of them only where it stands on the element itself.
_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin: 0; padding: 24px; background: #f3f4f6;">
<div style="max-width: 520px; margin: 0 auto; padding: 16px 32px; background: #ffffff; border-radius: 6px; \
font-family: Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.5; color: #1f2937;">
{paragraphs}
</div>
</body>
</html>
"""

_BUTTON: Final = """\
<p style="margin: 24px 0;"><a href="${{url}}" style="display: inline-block; padding: 12px 24px; \
background: #1d4ed8; border-radius: 6px; color: #ffffff; text-decoration: none;">{label}</a></p>
<p style="font-size: 14px; color: #4b5563;">Or open this address in your browser:<br>\
<a href="${{url}}" style="color: #1d4ed8; word-break: break-all;">${{url}}</a></p>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTemplate:
    """The first values of a template of one kind.

    ``page`` is the page of the service that its link leads to, ``button`` the link's label in HTML.
    """

    name: str
    description: str
    subject: str
    paragraphs: tuple[str, ...]
    page: str | None = None
    button: str = ""

    @property
    def text_body(self) -> str:
        """The paragraphs as plain text."""
        return "\n\n".join(self.paragraphs) + "\n"

    @property
    def html_body(self) -> str:
        """The paragraphs as a page; the link is a button there, and an address below it."""
        paragraphs = (
            _BUTTON.format(label=self.button)
            if each == _URL
            else f'<p style="white-space: pre-line;">{each}</p>'
            if each in _OF_LINES
            else f"<p>{each}</p>"
            for each in self.paragraphs
        )
        return _PAGE.format(title=self.subject, paragraphs="\n".join(paragraphs))


# No comma after the name: an account may have none.
_GREETING: Final = "Hello $!{account.givenName}"

# A stranger who types another person's address types a name as well, which may be an address of the web:
# e-mails that strangers can cause repeat nothing of it.
_HELLO: Final = "Hello,"

DEFAULT_TEMPLATES: Final[dict[str, DefaultTemplate]] = {
    VERIFICATION: DefaultTemplate(
        name="Default Verification Email Template",
        description="Asks the owner of a new account to confirm its e-mail address.",
        subject="Verify your account",
        paragraphs=(
            _HELLO,
            "This e-mail address was entered for an account. Please confirm that the address is yours:",
            _URL,
            "Was it not you? Then do nothing, and do not open the link: an address that is not confirmed is "
            "not trusted.",
        ),
        page=VERIFICATION_PAGE,
        button="Confirm my address",
    ),
    VERIFICATION_SUCCESS: DefaultTemplate(
        name="Default Verification Success Email Template",
        description="Tells the owner of an account that its e-mail address is confirmed.",
        subject="Your account has been confirmed",
        paragraphs=(
            _GREETING,
            "Thank you: your e-mail address is confirmed, and you can log in now.",
            "Was it not you? Then please tell us: answer this e-mail.",
        ),
    ),
    WELCOME: DefaultTemplate(
        name="Default Welcome Email Template",
        description="Welcomes the owner of a new account.",
        subject="Your registration was successful",
        paragraphs=(
            _GREETING,
            "Welcome! Your account is ready. Your username is ${account.username}.",
            "Was it not you who registered? Then please tell us: answer this e-mail.",
        ),
    ),
    RESET: DefaultTemplate(
        name="Default Password Reset Email Template",
        description="Carries the link with which the owner of an account chooses a new password.",
        subject="Reset your Password",
        paragraphs=(
            _HELLO,
            "Somebody asked for a new password for the account with this address. To choose one, open:",
            _URL,
            "The link works once, and for ${expirationWindow} hours.",
            "Was it not you? Then do nothing: your password stays as it is.",
        ),
        page=RESET_PAGE,
        button="Choose a new password",
    ),
    RESET_SUCCESS: DefaultTemplate(
        name="Default Password Reset Success Email Template",
        description="Tells the owner of an account that its password was changed.",
        subject="Your password has been changed",
        paragraphs=(
            _GREETING,
            "The password of your account ${account.username} has just been changed.",
            "Was it not you? Then ask for a new password at once, where you log in, and please tell us: "
            "answer this e-mail.",
        ),
    ),
}

#: The texts that no template replaces. Their sender is that of the directory's verification e-mail.
BUILT_IN: Final[dict[str, DefaultTemplate]] = {
    ADDRESS_CHANGED: DefaultTemplate(
        name="Address Changed Email",
        description="Tells the reader of an account's old e-mail address that it was changed.",
        subject="The e-mail address of your account was changed",
        # Names neither the account nor the new address: the old one may have been another person's all along.
        paragraphs=(
            _HELLO,
            "The e-mail address of your account was this one, and has just been changed to another. E-mails "
            "about the account go there from now on, and links that were sent here before are void.",
            "Was it not you? Then please tell us at once: answer this e-mail.",
        ),
    ),
    INVITATION: DefaultTemplate(
        name="Administrator Invitation Email",
        description="Carries the link with which a person becomes an administrator of a tenant.",
        subject="${subject}",
        paragraphs=(
            "${message}",
            _URL,
            "The link works once, and for ${days} days. Do you not know who sent it? Then do nothing.",
        ),
        button="Accept the invitation",
    ),
    TENANT_NAMES: DefaultTemplate(
        name="Tenant Names Email",
        description="Lists the tenants in which the reader is an administrator.",
        subject="Your tenants",
        paragraphs=(
            _HELLO,
            "Somebody asked for the tenants of this address. With it you log in to:",
            "${tenants}",
            "Was it not you? Then do nothing: no one but you has got this list.",
        ),
    ),
    TENANT_REGISTRATION: DefaultTemplate(
        name="Tenant Registration Email",
        description="Carries the link that creates a tenant with its first administrator.",
        subject="Confirm your registration",
        paragraphs=(
            _HELLO,
            "This e-mail address was entered to register. Please confirm that the address is yours, with the "
            "password that you have chosen:",
            _URL,
            "The link works once, and for ${hours} hours. Was it not you? Then do nothing: nothing is "
            "stored.",
        ),
        button="Confirm my registration",
    ),
    TENANT_CREATED: DefaultTemplate(
        name="Tenant Created Email",
        description="Welcomes the owner of a new tenant, and tells its name.",
        subject="Welcome",
        paragraphs=(
            _GREETING,
            "Welcome! Your tenant is ${tenant}. You log in with this name, your e-mail address and your "
            "password:",
            _URL,
        ),
        button="Log in",
    ),
}
