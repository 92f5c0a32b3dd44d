"""The e-mails of a directory's workflows: where each is switched, which template it has, what it may say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stormpath.server.console.texts import gettext
from stormpath.server.schema.email_kinds import (
    RESET,
    RESET_SUCCESS,
    VERIFICATION,
    VERIFICATION_SUCCESS,
    WELCOME,
)

CREATION: Final = "accountCreation"
PASSWORD_RESET: Final = "passwordReset"  # noqa: S105  # Part of an address.

#: The policies of a directory that switch its e-mails, by the workflow.
POLICIES: Final = {CREATION: "accountCreationPolicy", PASSWORD_RESET: "passwordPolicy"}

_MACROS: Final = (
    "${account.givenName}",
    "${account.surname}",
    "${account.fullName}",
    "${account.username}",
    "${account.email}",
    "${account.directory.name}",
    "${application.name}",
    "$!{account.customData.key}",
)
_LINK_MACROS: Final = ("${url}", "${sptoken}", "${sptokenNameValuePair}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail. ``kind`` is that of the template, ``status`` its switch in the policy of the workflow."""

    workflow: str
    kind: str
    text: str
    about_text: str
    status: str
    templates: str
    has_link: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return gettext(self.text)

    @property
    def about(self) -> str:
        """When it is sent."""
        return gettext(self.about_text)

    @property
    def suffix(self) -> str:
        """What follows the path of the directory in the address of its page."""
        return f"/workflows/{self.workflow}/{self.kind}"

    @property
    def policy(self) -> str:
        """The kind of the policy that switches it."""
        return POLICIES[self.workflow]

    @property
    def macros(self) -> tuple[str, ...]:
        """The macros that its texts may have."""
        window = ("${expirationWindow}",) if self.kind == RESET else ()
        return (*_MACROS, *(_LINK_MACROS if self.has_link else ()), *window)


MAILS: Final = (
    Mail(
        CREATION,
        VERIFICATION,
        "Verification Email",
        "To a new account, with the link that verifies its address. Until then it is unverified.",
        "verificationEmailStatus",
        "verificationEmailTemplates",
        has_link=True,
    ),
    Mail(
        CREATION,
        VERIFICATION_SUCCESS,
        "Verification Success Email",
        "To an account whose address was verified.",
        "verificationSuccessEmailStatus",
        "verificationSuccessEmailTemplates",
    ),
    Mail(
        CREATION,
        WELCOME,
        "Welcome Email",
        "To a new account, or to one whose address was verified, where that is required.",
        "welcomeEmailStatus",
        "welcomeEmailTemplates",
    ),
    Mail(
        PASSWORD_RESET,
        RESET,
        "Password Reset Email",
        "To a person who forgot the password, with the link to the page for a new one.",
        "resetEmailStatus",
        "resetEmailTemplates",
        has_link=True,
    ),
    Mail(
        PASSWORD_RESET,
        RESET_SUCCESS,
        "Password Reset Success Email",
        "To an account that has a new password; only where the reset e-mail is enabled, too.",
        "resetSuccessEmailStatus",
        "resetSuccessEmailTemplates",
    ),
)


def of_workflow(workflow: str) -> tuple[Mail, ...]:
    """Return the e-mails of a workflow."""
    return tuple(each for each in MAILS if each.workflow == workflow)
