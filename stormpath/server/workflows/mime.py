"""An e-mail as it goes over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from stormpath.server.workflows.content import Content


def build(content: Content, message_id: str, created_at_ms: int) -> EmailMessage:
    """Return the e-mail; ``ValueError`` when no e-mail can be sent to its address."""
    message = EmailMessage(SMTP)
    message["From"] = Address(content.from_name, addr_spec=content.from_address)
    message["To"] = Address(addr_spec=content.to)
    message["Subject"] = content.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(created_at_ms / 1000, UTC))
    message["Message-ID"] = f"<{message_id}@{content.from_address.rpartition('@')[2]}>"
    message.set_content(content.text or "")
    if content.html:
        message.add_alternative(content.html, subtype="html")
    return message


def envelope(content: Content) -> tuple[str, str]:
    """Return the addresses of the sender and of the receiver."""
    return content.from_address, content.to
