"""Account creation policies: who may register in a directory, and the e-mails about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, ListOf
from stormpath.resources.links import Links
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.email_template import DefaultModelEmailTemplateList, EmailTemplateList


class AccountCreationPolicy(SaveMixin, DictMixin, Resource):
    """The registration rules of one directory. A change applies to accounts that are created afterwards.

    With ``verification_email_status`` enabled, a new account is ``UNVERIFIED`` and gets an e-mail with a
    link. The other two e-mails are sent when the link is followed, or at once where there is none.

    The domain lists hold patterns (``*.example.com``) for the part after the ``@``. Addresses that the
    blacklist matches are refused; if the whitelist is not empty, so are those that it does not match.
    Existing accounts stay.
    """

    EMAIL_STATUS_ENABLED: ClassVar[str] = "ENABLED"
    EMAIL_STATUS_DISABLED: ClassVar[str] = "DISABLED"

    verification_email_status = Choice("ENABLED", "DISABLED", writable=True)
    verification_success_email_status = Choice("ENABLED", "DISABLED", writable=True)
    welcome_email_status = Choice("ENABLED", "DISABLED", writable=True)
    email_domain_whitelist = ListOf[str](writable=True)
    email_domain_blacklist = ListOf[str](writable=True)

    verification_email_templates: Links[DefaultModelEmailTemplateList] = Links(
        "DefaultModelEmailTemplateList"
    )
    verification_success_email_templates: Links[EmailTemplateList] = Links("EmailTemplateList")
    welcome_email_templates: Links[EmailTemplateList] = Links("EmailTemplateList")
