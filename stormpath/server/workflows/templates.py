"""Making an e-mail of a template: macros are replaced by values, nothing else happens (rest-core 6.15)."""

from __future__ import annotations

from dataclasses import dataclass

from stormpath.server.contract import Row, Unit
from stormpath.server.work import Work
from stormpath.server.workflows.content import Content


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why an e-mail is sent: its kind, to which account, and what its macros may speak of.

    ``token`` is that of its link, if it has one; ``hours`` is how long that is good for.
    """

    kind: str
    account: Row
    application: Row | None = None
    token: str = ""
    hours: int | None = None

    def __repr__(self) -> str:
        return f"<Occasion {self.kind} of account {self.account['id']}>"


def compose(work: Work, unit: Unit, template: Row, occasion: Occasion) -> Content:
    """Return the e-mail that a template makes of an occasion."""
    base = (template["default_model"] or {}).get("linkBaseUrl") or ""
    url = f"{base}?sptoken={occasion.token}"
    return Content(
        from_name=template["from_name"],
        from_address=template["from_email_address"],
        to=occasion.account["email"],
        subject=template["subject"],
        reply_to=template["reply_to"],
        text=template["text_body"].replace("${url}", url),
    )
