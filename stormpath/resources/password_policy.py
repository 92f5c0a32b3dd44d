"""Password policies: how passwords of a directory are reset, and their strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, Number
from stormpath.resources.links import Link, Links
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.email_template import DefaultModelEmailTemplateList, EmailTemplateList
    from stormpath.resources.password_strength import PasswordStrength


class PasswordPolicy(SaveMixin, DictMixin, Resource):
    """The password rules of one directory; ``reset_token_ttl`` is in hours, 1 to 168.

    With ``reset_email_status`` disabled, tokens are created, but no e-mail is sent, neither with a token nor
    after a reset.
    """

    RESET_EMAIL_STATUS_ENABLED: ClassVar[str] = "ENABLED"
    RESET_EMAIL_STATUS_DISABLED: ClassVar[str] = "DISABLED"

    reset_token_ttl = Number(writable=True)
    reset_email_status = Choice("ENABLED", "DISABLED", writable=True)
    reset_success_email_status = Choice("ENABLED", "DISABLED", writable=True)
    strength: Link[PasswordStrength] = Link("PasswordStrength", conventional=True)
    reset_email_templates: Links[DefaultModelEmailTemplateList] = Links("DefaultModelEmailTemplateList")
    reset_success_email_templates: Links[EmailTemplateList] = Links("EmailTemplateList")
