"""E-mail templates: the texts of the e-mails that a directory sends."""

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
    """The rendered e-mail. A body that would not be sent is None."""

    from_name: str
    from_email_address: str
    reply_to: str | None
    subject: str
    text_body: str | None
    html_body: str | None
    mime_type: str


class EmailTemplate(SaveMixin, DictMixin, Resource):
    """A text with macros for the parts that vary; ``mime_type`` chooses which bodies are sent."""

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
        """Return the e-mail that the template renders to; one request, which stores and sends nothing.

        ``draft`` are attributes to try out (``subject="Hello ${account.givenName}"``) instead of the saved
        ones; attributes that were set here and not saved are ignored. It is rendered for the ``account`` (or
        its href), or else for a sample one. The token of its link and the application are samples.

        ``TypeError`` for a name that is no attribute; :class:`stormpath.error.Error` for a draft that the
        service refuses.
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
    """A template with a link; ``default_model`` holds the base URL of the link."""

    default_model = FreeObject(writable=True)

    def get_link_base_url(self) -> str | None:
        """Return the base URL of the link; None where there is none."""
        return self.default_model.get(LINK_BASE_URL)

    def set_link_base_url(self, link_base_url: str) -> None:
        """Set the base URL of the link; sent by ``save()``.

        The service adds ``sptoken=`` and the token to its query.
        """
        self.default_model[LINK_BASE_URL] = link_base_url


class EmailTemplateList(CollectionResource[EmailTemplate]):
    """The templates of one kind of e-mail. There is exactly one, and none can be created."""

    item_path = "/emailTemplates"
    resource_class = EmailTemplate


class DefaultModelEmailTemplateList(CollectionResource[DefaultModelEmailTemplate]):
    """The templates of one kind of e-mail with a link. There is exactly one, and none can be created."""

    item_path = "/emailTemplates"
    resource_class = DefaultModelEmailTemplate
