"""``stormpath send-mail``: sends the e-mails, and the text messages, that are due, and ends."""

from __future__ import annotations

from contextlib import closing
from dataclasses import astuple

from stormpath.cli.errors import FAILED, CommandError


def send_due(database: str, smtp: str | None) -> None:
    """Send the messages that are due; `CommandError` with status 1 if some could not be sent."""
    from stormpath.server.app import open_service

    with closing(open_service(database, create=False, smtp_url=smtp)) as service:
        reports = []
        if smtp or service.has_mail_server():
            reports.append(service.send_mail())
        if service.has_sms_gateway():
            reports.append(service.send_sms())
        if not reports:
            raise CommandError(
                "No mail server is named: give --smtp smtp://user:password@host:port, or set "
                "STORMPATH_SMTP_URL."
            )
    sent, postponed, dead = (sum(each) for each in zip(*map(astuple, reports), strict=True))
    print(f"{sent} sent, {postponed} postponed, {dead} given up.")
    if postponed or dead:
        raise CommandError("Some messages could not be sent: stormpath outbox says why.", FAILED)
