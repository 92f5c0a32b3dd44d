"""EmailTemplate: what an e-mail of a directory's workflows says, and in whose name (rest-core 5.18, 6.14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stormpath.server import variants
from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import (
    Choice,
    Hidden,
    Object,
    OwnersText,
    PageUrl,
    Resource,
    Text,
)
from stormpath.server.default_emails import DEFAULT_EMAILS, RESET, VERIFICATION
from stormpath.server.refusals import Code, Refusal
from stormpath.server.resources.administrators import refuse_administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.work import Values, Work

PLAIN: Final = "text/plain"
HTML: Final = "text/html"
BOTH: Final = "multipart/alternative"

#: The kinds whose e-mails carry a link with a token.
LINKING: Final = frozenset({VERIFICATION, RESET})

_LINK_MACRO: Final = re.compile(r"\$!?\{(?:url|sptoken|sptokenNameValuePair)\}")
_BODIES: Final = {PLAIN: ("text_body",), HTML: ("html_body",), BOTH: ("text_body", "html_body")}
_MAX_BODY: Final = 100_000

EMAIL_TEMPLATE: Final = Resource(
    "emailTemplate",
    "emailTemplates",
    (
        Text("name", required=True, min_length=1, sortable=False, about="A label."),
        Text("description", max_length=1000, sortable=False),
        OwnersText(
            "fromName",
            of_owner="full_name",
            about="The sender's name; that of the tenant's owner until it is set, and when it is cleared.",
        ),
        OwnersText(
            "fromEmailAddress",
            of_owner="email",
            min_length=1,
            pattern=r"[^@\s]+@[^@\s]+",
            pattern_hint="an e-mail address such as joe@example.com",
            about="The sender's address; that of the tenant's owner until it is set, and when it is cleared.",
        ),
        Text(
            "replyTo",
            min_length=1,
            sortable=False,
            pattern=r"[^@\s]+@[^@\s]+",
            pattern_hint="an e-mail address such as joe@example.com",
            about="Where answers go; to the sender, when there is none.",
        ),
        Text("subject", required=True, min_length=1, max_length=1000, sortable=False),
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
            about="Which body is sent, or that both are.",
        ),
        Object(
            "defaultModel",
            members=(PageUrl("linkBaseUrl", required=True, max_length=2000, about="Where the link leads."),),
            only_for=LINKING,
            about="What the macro ${url} is made of.",
        ),
        Hidden("kind", column_kind="text", nullable=False),
        Hidden("directoryId", column_kind="id", refers_to="directory", nullable=False),
        Hidden("tenantId", column_kind="id", refers_to="tenant", nullable=False),
    ),
    about="What an e-mail of a directory says, and in whose name.",
    verbs=("GET", "POST"),
    variant="kind",
)


class EmailTemplateRules(Rules):
    """Templates come and go with their directory; one that carries a link never loses it."""

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_administrators(unit, row["directory_id"])

    def change(self, work: Work, unit: Unit, row: Row, changes: Values) -> Row:
        # Two changes that each leave a link must not, together, leave none.
        row = self.locked(unit, row)
        changes = variants.check(self.resource.own, row["kind"], changes, creating=False)
        _check_link({**row, **changes})
        return super().change(work, unit, row, changes)


def make(work: Work, unit: Unit, directory_id: str, kinds: Iterable[str], created_at: int) -> None:
    """Store a directory's templates of those kinds, as they start."""
    for kind in kinds:
        email = DEFAULT_EMAILS[kind]
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
        RULES.insert(work, unit, values)


def _check_link(row: Row) -> None:
    if row["kind"] not in LINKING:
        return
    for column in _BODIES[row["mime_type"]]:
        if not _LINK_MACRO.search(row[column]):
            name = _NAMES[column]
            raise Refusal(
                Code.TEMPLATE_WITHOUT_LINK,
                f"{name} has no link.",
                f"With mimeType {row['mime_type']}, {name} must contain one of the macros ${{url}}, "
                "${sptoken} and ${sptokenNameValuePair}.",
            )


_NAMES: Final = {each.column: each.name for each in EMAIL_TEMPLATE.own if isinstance(each, Text)}

RULES: Final = EmailTemplateRules(EMAIL_TEMPLATE)
