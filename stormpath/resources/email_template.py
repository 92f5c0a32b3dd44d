"""The e-mails that a directory sends."""

from __future__ import annotations

from typing import ClassVar

from stormpath.resources.attributes import Choice, FreeObject, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource

LINK_BASE_URL = "linkBaseUrl"


class EmailTemplate(SaveMixin, DictMixin, Resource):
    """An e-mail with macros for what differs from one message to the next; ``mime_type`` picks the body."""

    MIME_TYPE_PLAIN_TEXT: ClassVar[str] = "text/plain"
    MIME_TYPE_HTML: ClassVar[str] = "text/html"

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    from_name = Text(writable=True)
    from_email_address = Text(writable=True)
    reply_to = Text(writable=True, nullable=True)
    subject = Text(writable=True)
    text_body = Text(writable=True)
    html_body = Text(writable=True)
    mime_type = Choice("text/plain", "text/html", "multipart/alternative", writable=True)


class DefaultModelEmailTemplate(EmailTemplate):
    """An e-mail with a link in it; ``default_model`` says where the link leads."""

    default_model = FreeObject(writable=True)

    def get_link_base_url(self) -> str | None:
        """Return the address that the link begins with; None where there is none."""
        return self.default_model.get(LINK_BASE_URL)

    def set_link_base_url(self, link_base_url: str) -> None:
        """Change the address that the link begins with; sent by ``save()``.

        The service adds ``sptoken=`` and the token to its query.
        """
        self.default_model[LINK_BASE_URL] = link_base_url


class EmailTemplateList(CollectionResource[EmailTemplate]):
    """The templates of one kind of e-mail; there is one, and none can be created."""

    item_path = "/emailTemplates"
    resource_class = EmailTemplate


class DefaultModelEmailTemplateList(CollectionResource[DefaultModelEmailTemplate]):
    """The templates of one kind of e-mail with a link; there is one, and none can be created."""

    item_path = "/emailTemplates"
    resource_class = DefaultModelEmailTemplate
