"""Who may register in a directory, and which e-mails it sends about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, ListOf
from stormpath.resources.links import Links
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.email_template import DefaultModelEmailTemplateList, EmailTemplateList


class AccountCreationPolicy(SaveMixin, DictMixin, Resource):
    """The registration rules of one directory, in force from the next account that is created in it.

    With ``verification_email_status`` a new account is ``UNVERIFIED`` and gets an e-mail with a link; when
    that is followed, or at once where nobody is asked, the other two are sent.

    The domain lists are patterns (``*.example.com``) for what follows the ``@``. What the blacklist matches
    is refused; if the whitelist is not empty, so is what it does not match. Accounts that exist stay.
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
