"""E-mails from templates: macros are replaced by values, nothing else happens (rest-core 6.15)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from stormpath.forks import cached_property
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import macros, mime
from stormpath.server.mail.email import Email
from stormpath.server.schema import (
    Attribute,
    Choice,
    Duration,
    Flag,
    HostName,
    Id,
    Number,
    Secret,
    Text,
    Timestamp,
    json_text,
)
from stormpath.server.schema.addresses import BadAddress

PLAIN: Final = "text/plain"
HTML: Final = "text/html"
BOTH: Final = "multipart/alternative"

#: The columns of the bodies that are sent, by ``mimeType``.
BODIES: Final = {PLAIN: ("text_body",), HTML: ("html_body",), BOTH: ("text_body", "html_body")}

#: How many characters an e-mail may have, however often its template names a large value.
LONGEST_SUBJECT: Final = 1000
LONGEST_BODY: Final = 1_000_000

#: The prefixes of macros' names, each with the resource whose attribute the rest of the name is.
_OBJECTS: Final = (
    ("account.directory.", "directory"),
    ("account.", "account"),
    ("application.", "application"),
)
_CUSTOM_DATA: Final = "customData."

_SCALARS: Final = (Text, Choice, Number, Flag, Timestamp, Duration, Id)
_NEVER: Final = (Secret, HostName)


@dataclass(frozen=True, slots=True)
class EmailRequest:
    """An e-mail that is asked for: its kind, the account it goes to, and what else its macros may name.

    ``token`` is that of its link, if it has one; ``hours`` is how long that is good for. ``values`` are
    macros of this kind alone, by name. ``from_name`` and ``reply_to`` go before those of the template.
    """

    kind: str
    account: Row
    application: Row | None = None
    token: str = ""
    hours: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    from_name: str | None = None
    reply_to: str | None = None

    def __repr__(self) -> str:
        return f"<EmailRequest {self.kind} for account {self.account['id']}>"


def compose(context: RequestContext, unit: Unit, template: Row, request: EmailRequest) -> Email:
    """Return the e-mail that is asked for, from its template.

    Values in HTML are escaped, and headers stay on one line, whatever the template and the values are.
    """
    values = _Values(context, unit, template, request)
    text, page = (column in BODIES[template["mime_type"]] for column in ("text_body", "html_body"))
    return Email(
        from_name=macros.one_line(request.from_name or template["from_name"] or ""),
        from_address=template["from_email_address"] or "",
        to=request.account["email"],
        subject=macros.in_header(template["subject"], values.plain, LONGEST_SUBJECT),
        reply_to=request.reply_to or template["reply_to"],
        text=macros.in_body(template["text_body"], values.plain, LONGEST_BODY) if text else None,
        html=macros.in_body(template["html_body"], values.escaped, LONGEST_BODY) if page else None,
    )


def configured_sender(mail_from: str | None) -> dict[str, str]:
    """Return the columns of templates that the setting ``mail_from`` fills where they are not set.

    Raises ``ValueError`` when it is neither an address nor ``Name <address>``.
    """
    if not mail_from:
        return {}
    try:
        name, address = mime.parse_sender(mail_from)
    except BadAddress as error:
        raise ValueError(
            f"The sender of e-mails must be an address, or a name and an address as in "
            f"Atlas <atlas@example.com>; {mail_from!r} is neither: set STORMPATH_MAIL_FROM to one."
        ) from error
    return {"from_email_address": address} | ({"from_name": name} if name else {})


def link(base: str, token: str) -> str:
    """Return the link with a token: the parameter ``sptoken`` at the end of the base URL.

    That is also where single-page applications look for it, whose routes stand behind a ``#``.
    """
    last = base.rpartition("#")[2]
    joint = "" if last.endswith(("?", "&")) else "&" if "?" in last else "?"
    return f"{base}{joint}sptoken={token}"


class _Values:
    """The values of the macros of one e-mail. What few templates mention is read when one does."""

    def __init__(self, context: RequestContext, unit: Unit, template: Row, request: EmailRequest) -> None:
        self._context = context
        self._unit = unit
        self._template = template
        self._request = request
        self._documents: dict[str, Any] = {}

    def plain(self, name: str) -> str | None:
        """Return the value of a macro, or ``None`` when it has none."""
        if name in self._own:
            return self._own[name]
        for prefix, kind in _OBJECTS:
            if name.startswith(prefix):
                return self._attribute(kind, name.removeprefix(prefix))
        return None

    def escaped(self, name: str) -> str | None:
        """Return the value of a macro as HTML that shows it."""
        value = self.plain(name)
        return None if value is None else html.escape(value)

    @cached_property
    def _own(self) -> dict[str, str]:
        """The macros of the e-mail itself."""
        token, hours = self._request.token, self._request.hours
        own: dict[str, str] = {}
        if token:
            own |= {"sptoken": token, "sptokenNameValuePair": f"sptoken={token}"}
        if token and (base := (self._template["default_model"] or {}).get("linkBaseUrl")):
            own["url"] = link(f"{self._origin}{base}" if base.startswith("/") else base, token)
        if hours is not None:
            own["expirationWindow"] = str(hours)
        return own | dict(self._request.values)

    @property
    def _origin(self) -> str:
        return self._context.base_url.removesuffix(urlsplit(self._context.base_url).path)

    @cached_property
    def _directory(self) -> Row | None:
        return self._unit.get("directory", self._request.account["directory_id"])

    def _row(self, kind: str) -> Row | None:
        if kind == "directory":
            return self._directory
        return self._request.account if kind == "account" else self._request.application

    def _attribute(self, kind: str, name: str) -> str | None:
        row = self._row(kind)
        if row is None:
            return None
        if name.startswith(_CUSTOM_DATA):
            return _text(macros.value_at(self._custom_data(kind, row), name.removeprefix(_CUSTOM_DATA)))
        resource = self._context.resources[kind]
        if name == "href":
            return resource.href(self._context.base_url, row["id"])
        attribute = resource.by_name.get(name)
        if attribute is None or not _is_shown_scalar(attribute) or row[attribute.column] is None:
            return None
        return _text(attribute.render(row[attribute.column]))

    def _custom_data(self, kind: str, row: Row) -> Any:
        if kind not in self._documents:
            stored = self._unit.custom_data.get(kind, [row["id"]]).get(row["id"])
            self._documents[kind] = json_text.decode(stored["document"]) if stored else {}
        return self._documents[kind]


def _is_shown_scalar(attribute: Attribute) -> bool:
    return attribute.shown and isinstance(attribute, _SCALARS) and not isinstance(attribute, _NEVER)


def _text(value: object) -> str | None:
    """Return a scalar as JSON writes it; objects, lists and null are no values of a macro."""
    if isinstance(value, str):
        return value
    return json_text.encode(value).decode() if isinstance(value, bool | int | float) else None
