"""EmailTemplate: text and sender of a workflow e-mail of a directory (rest-core 5.18, 6.14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import macros
from stormpath.server.mail.default_templates import DEFAULT_TEMPLATES
from stormpath.server.mail.templates import BODIES, BOTH, HTML, LONGEST_BODY, LONGEST_SUBJECT, PLAIN
from stormpath.server.resources.policies.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules, effective_changes
from stormpath.server.schema import (
    Attribute,
    Choice,
    Endpoint,
    Hidden,
    InheritedText,
    Link,
    Object,
    PageUrl,
    Resource,
    Text,
    variants,
)
from stormpath.server.schema.addresses import check_possible
from stormpath.server.schema.email_kinds import RESET, VERIFICATION
from stormpath.server.schema.errors import ApiError, Code

#: The kinds whose e-mails carry a link with a token.
KINDS_WITH_LINK: Final = frozenset({VERIFICATION, RESET})

_LINK_MACROS: Final = frozenset({"url", "sptoken", "sptokenNameValuePair"})
_MAX_BODY: Final = 100_000

_SENDER: Final = "by default that of the service's setting mail_from, or else that of the tenant's owner"

#: The attributes that an e-mail is composed of; a preview may replace them.
_CONTENT: Final[tuple[Attribute, ...]] = (
    InheritedText("fromName", of_owner="full_name", about=f"The sender's name; {_SENDER}."),
    InheritedText(
        "fromEmailAddress",
        of_owner="email",
        min_length=1,
        strips=True,
        about=f"The sender's address; {_SENDER}.",
    ),
    Text(
        "replyTo",
        min_length=1,
        strips=True,
        sortable=False,
        about="The address for replies; null for the sender's.",
    ),
    Text(
        "subject",
        required=True,
        min_length=1,
        max_length=1000,
        sortable=False,
        about="The subject, with macros such as ${account.givenName}.",
    ),
    Text(
        "textBody",
        max_length=_MAX_BODY,
        nullable=False,
        sortable=False,
        about="The plain text; macros such as ${account.givenName} and ${url} are replaced.",
    ),
    Text(
        "htmlBody",
        max_length=_MAX_BODY,
        nullable=False,
        sortable=False,
        about="The HTML, with the same macros.",
    ),
    Choice(
        "mimeType",
        choices=(PLAIN, HTML, BOTH),
        default=PLAIN,
        about="The bodies that are sent: the plain text, the HTML or both.",
    ),
    Object(
        "defaultModel",
        members=(
            PageUrl(
                "linkBaseUrl",
                required=True,
                max_length=2000,
                about="The URL of the page that the link leads to.",
            ),
        ),
        whole=True,
        only_for=KINDS_WITH_LINK,
        about="The values from which the macro ${url} is made.",
    ),
)

PREVIEW: Final = Endpoint(
    "preview",
    drafts=True,
    body=(
        *_CONTENT,
        Link(
            "account", to=("account",), updatable=True, about="The recipient; by default a made-up account."
        ),
    ),
    returns=(
        Text("fromName"),
        Text("fromEmailAddress"),
        Text("replyTo"),
        Text("subject", max_length=LONGEST_SUBJECT),
        Text("textBody", max_length=LONGEST_BODY, about="Null if it is not sent."),
        Text("htmlBody", max_length=LONGEST_BODY, about="Null if it is not sent."),
        Choice("mimeType", choices=(PLAIN, HTML, BOTH)),
    ),
    about="Show the e-mail with the changes in the body: nothing is stored, and nothing is sent.",
)

EMAIL_TEMPLATE: Final = Resource(
    "emailTemplate",
    "emailTemplates",
    (
        Text("name", required=True, min_length=1, sortable=False, about="A label."),
        Text("description", max_length=1000, sortable=False),
        *_CONTENT,
        PREVIEW,
        Hidden("kind", column_kind="text", nullable=False),
        Hidden("directoryId", column_kind="id", refers_to="directory", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="Text and sender of an e-mail of a directory.",
    verbs=("GET", "POST"),
    variant="kind",
)


class EmailTemplateRules(Rules):
    """Templates are created and deleted with their directory; a change may not remove a required link."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_administrators(unit, row["directory_id"])

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        # Two concurrent changes that each keep a link must not remove it together.
        row = self.lock_and_reread(unit, row)
        return super().change(context, unit, row, checked_changes(row, changes))


def insert_defaults(
    context: RequestContext, unit: Unit, directory_id: str, kinds: Iterable[str], created_at: int
) -> None:
    """Store a directory's default templates of those kinds."""
    for kind in kinds:
        email = DEFAULT_TEMPLATES[kind]
        values = {
            "kind": kind,
            "directory_id": directory_id,
            "created_at": created_at,
            "name": email.name,
            "description": email.description,
            "subject": email.subject,
            "text_body": email.text_body,
            "html_body": email.html_body,
            "default_model": {"linkBaseUrl": email.page},
        }
        RULES.insert(context, unit, values)


def checked_changes(row: Row, changes: Values) -> Values:
    """Return a template's changes; refuse those with which its e-mails could not be sent or used."""
    changes = variants.check(EMAIL_TEMPLATE.own, row["kind"], changes, creating=False)
    for column, address in effective_changes(row, changes).items():
        if column in _ADDRESSES and address is not None:
            check_possible(_NAMES[column], address)
    _check_link({**row, **changes})
    return changes


def _check_link(row: Row) -> None:
    if row["kind"] not in KINDS_WITH_LINK:
        return
    for column in BODIES[row["mime_type"]]:
        if not _LINK_MACROS & macros.names(row[column]):
            name = _NAMES[column]
            raise ApiError(
                Code.TEMPLATE_WITHOUT_LINK,
                f"{name} has no link.",
                f"With mimeType {row['mime_type']}, {name} must contain one of the macros ${{url}}, "
                "${sptoken} and ${sptokenNameValuePair}.",
            )


_ADDRESSES: Final = frozenset({"from_email_address", "reply_to"})
_NAMES: Final = {each.column: each.name for each in EMAIL_TEMPLATE.own if isinstance(each, Text)}

RULES: Final = EmailTemplateRules(EMAIL_TEMPLATE)
