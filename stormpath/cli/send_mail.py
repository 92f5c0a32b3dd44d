"""``stormpath send-mail``: sends the e-mails that are due, and ends."""

from __future__ import annotations

from contextlib import closing

from stormpath.cli.errors import FAILED, CommandError


def send_due(database: str, smtp: str | None) -> None:
    """Send the e-mails that are due; `CommandError` with status 1 if some could not be sent."""
    from stormpath.server.app import open_service

    with closing(open_service(database, create=False, smtp_url=smtp)) as service:
        if not smtp and not service.has_mail_server():
            raise CommandError(
                "No mail server is named: give --smtp smtp://user:password@host:port, or set "
                "STORMPATH_SMTP_URL."
            )
        report = service.send_mail()
    print(f"{report.sent} sent, {report.postponed} postponed, {report.dead} given up.")
    if report.postponed or report.dead:
        raise CommandError("Some e-mails could not be sent: stormpath outbox says why.", FAILED)
