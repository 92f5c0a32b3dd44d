"""AccountCreationPolicy: the allowed e-mail domains and the e-mails to new accounts (rest-core 5.14)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import mime
from stormpath.server.resources.policies import email_template
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import DISABLED, ENABLED, Choice, Collection, DomainPatterns, Hidden, Resource
from stormpath.server.schema.email_kinds import VERIFICATION, VERIFICATION_SUCCESS, WELCOME
from stormpath.server.schema.errors import ApiError, Code

_NOT_ALLOWED: Final = "Cannot create the Account because your email's domain is not allowed."


def _switch(name: str, about: str) -> Choice:
    return Choice(
        name,
        choices=(ENABLED, DISABLED),
        default=DISABLED,
        about=about,
    )


ACCOUNT_CREATION_POLICY: Final = Resource(
    "accountCreationPolicy",
    "accountCreationPolicies",
    (
        _switch("verificationEmailStatus", "Whether new accounts must verify their e-mail address."),
        _switch("verificationSuccessEmailStatus", "Whether a verification is confirmed by e-mail."),
        _switch("welcomeEmailStatus", "Whether new accounts are welcomed by e-mail."),
        Collection("verificationEmailTemplates", of="emailTemplate", about="The one template."),
        Collection("verificationSuccessEmailTemplates", of="emailTemplate", about="The one template."),
        Collection("welcomeEmailTemplates", of="emailTemplate", about="The one template."),
        DomainPatterns(
            "emailDomainWhitelist",
            about="Patterns such as *.example.com. If there are any, a new e-mail's domain must match one.",
        ),
        DomainPatterns(
            "emailDomainBlacklist",
            about="Patterns such as *.example.com. A new e-mail's domain must match none.",
        ),
        Hidden("directoryId", column_kind="id", refers_to="directory", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="The allowed e-mail domains of a directory, and the e-mails that new accounts get.",
    verbs=("GET", "POST"),
)


class AccountCreationPolicyRules(Rules):
    """A policy is created with its directory, and its templates with it."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_administrators(unit, row["directory_id"])

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        row = super().insert(context, unit, values)
        kinds = (VERIFICATION, VERIFICATION_SUCCESS, WELCOME)
        email_template.insert_defaults(context, unit, row["directory_id"], kinds, row["created_at"])
        return row


def check_domain(email: str, policy: Row) -> None:
    """Refuse an e-mail address whose domain is forbidden, or is not among the allowed ones."""
    # One domain has several spellings; domains that are equal after case folding may differ.
    domains = mime.spellings(email.rpartition("@")[2])
    if _any_matches(policy["email_domain_blacklist"], domains):
        raise ApiError(
            Code.DOMAIN_BLACKLISTED,
            _NOT_ALLOWED,
            "The e-mail's domain matches the emailDomainBlacklist of the directory's accountCreationPolicy.",
        )
    allowed = policy["email_domain_whitelist"]
    if allowed and not _any_matches(allowed, domains):
        raise ApiError(
            Code.DOMAIN_NOT_WHITELISTED,
            _NOT_ALLOWED,
            "The e-mail's domain matches nothing in the emailDomainWhitelist of the directory's "
            "accountCreationPolicy.",
        )


def _any_matches(patterns: Iterable[str], domains: set[str]) -> bool:
    lowered = [unicodedata.normalize("NFC", each).lower() for each in patterns]
    return any(matches(pattern, domain) for pattern in lowered for domain in domains)


def matches(pattern: str, domain: str) -> bool:
    """Tell whether the whole domain matches; ``*`` stands for any number of characters, also for none.

    Both are in lower case. The time is bounded by the product of the lengths, for every pattern.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return domain == pattern
    *middle, last = rest
    if not domain.startswith(first):
        return False
    start, end = len(first), len(domain) - len(last)
    for each in middle:
        # The first match is the best one: it leaves the most characters for the rest.
        position = domain.find(each, start, end) if start <= end else -1
        if position < 0:
            return False
        start = position + len(each)
    return start <= end and domain.endswith(last)


RULES: Final = AccountCreationPolicyRules(ACCOUNT_CREATION_POLICY)
