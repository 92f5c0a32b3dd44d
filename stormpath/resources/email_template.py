"""The e-mails that a directory sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stormpath.resources.attributes import Choice, FreeObject, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.names import wire_name
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account

LINK_BASE_URL = "linkBaseUrl"


class EmailPreview(NamedTuple):
    """What an e-mail would say. A body that would not be sent is None."""

    from_name: str
    from_email_address: str
    reply_to: str | None
    subject: str
    text_body: str | None
    html_body: str | None
    mime_type: str


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
    preview_link: Link[Resource] = Link("Resource", wire="preview", conventional=True)

    def preview(self, account: Account | str | None = None, **draft: Any) -> EmailPreview:
        """Return what the e-mail would say; one request, which stores and sends nothing.

        ``draft`` are attributes to try out (``subject="Hello ${account.givenName}"``), in the place of those
        that the service holds: what was set here and not saved is not in it. It is for the ``account`` (or
        its href), or else for a made-up one. The token of its link is made up, and so is the application.

        ``TypeError`` for what is no attribute; :class:`stormpath.error.Error` for a draft that the service
        would not take.
        """
        for name in draft:
            declared = self._named(name)
            if declared is None or declared.name not in self._writable:
                raise TypeError(f"{type(self).__name__} has no attribute {name!r} to preview")
        body = self._body_from(draft)
        if account is not None:
            body["account"] = type(self).preview_link.to_wire(account)
        return _preview_of(self._store.create_resource(self.preview_link.href, body))


def _preview_of(reply: Mapping[str, Any]) -> EmailPreview:
    return EmailPreview(**{name: reply[wire_name(name)] for name in EmailPreview._fields})


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
