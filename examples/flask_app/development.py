"""What helps to try the application out on your own machine, and belongs to no site that others can reach."""

import re
import secrets
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app, render_template
from markupsafe import Markup, escape

from stormpath.testing import emails

blueprint = Blueprint("development", __name__)

LIBRARIAN = "librarian@example.com"


@blueprint.get("/outbox")
def outbox() -> str:
    """Show the e-mails that were written, the newest first: there is no mail server that would send them.

    Their links log people in. A page like this belongs to no real site.
    """
    manager: Any = current_app.extensions["stormpath"].manager
    written = [(each, _with_links(each.text or "")) for each in reversed(emails(manager.client))]
    return render_template("reading_room/outbox.html", written=written)


def _with_links(text: str) -> Markup:
    return Markup(re.sub(r"(http://127\.0\.0\.1:\S+)", r'<a href="\1">\1</a>', str(escape(text))))  # noqa: S704


def secret_key(folder: Path) -> str:
    """Return the secret key of a folder; the first call makes it. Sessions outlast a restart so."""
    path = folder / "secret.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex())
    return path.read_text()


def add_librarian(app: Flask, group: str) -> str | None:
    """Make a librarian, and return the password; None where there is one already."""
    with app.app_context():
        application = app.extensions["stormpath"].manager.application
        if len(application.accounts.search({"email": LIBRARIAN})):
            return None
        directory = application.default_account_store_mapping.account_store
        password = f"{secrets.token_urlsafe(9)}-Aa1"
        made = directory.accounts.create(
            {"email": LIBRARIAN, "given_name": "Lena", "surname": "Librarian", "password": password},
            # No e-mail has to be opened first.
            registration_workflow_enabled=False,
        )
        made.add_group(directory.groups.create({"name": group}))
        return password
