"""The application: its settings, and what it is made of.

Read on in ``pages.py`` (views for people), ``api.py`` (a view for programs) and ``templates/reading_room``.
"""

from pathlib import Path
from typing import Any

from flask import Flask

from flask_app import api, development, pages
from flask_stormpath import StormpathManager

#: Made once, outside of the factory: a manager can serve several apps.
stormpath_manager = StormpathManager()


def create_app(**settings: Any) -> Flask:
    """Return the application. ``settings`` are those of a place: the key, the database, the address."""
    app = Flask(__name__)
    app.config.update(
        # The application and a directory of its people are made in the database when they are first needed.
        STORMPATH_APPLICATION="Reading Room",
        # What the extension shows beside register, login and logout.
        STORMPATH_ENABLE_FORGOT_PASSWORD=True,
        STORMPATH_ENABLE_VERIFY_EMAIL=True,
        STORMPATH_VERIFY_EMAIL=True,
        STORMPATH_ENABLE_FACTORS=True,
        STORMPATH_ENABLE_SESSIONS=True,
        STORMPATH_ENABLE_ME=True,
        STORMPATH_ENABLE_OAUTH=True,
        # Where people go after a login, and after the registration.
        STORMPATH_REDIRECT_URL="/shelf",
        STORMPATH_REGISTRATION_REDIRECT_URL="/",
        # The last name may stay empty, and the form asks for no middle name.
        STORMPATH_REQUIRE_SURNAME=False,
        STORMPATH_ENABLE_MIDDLE_NAME=False,
        # All pages of the extension look like this application.
        STORMPATH_BASE_TEMPLATE="reading_room/base.html",
    )
    app.config.update(settings)
    # After the settings, and before the first request.
    stormpath_manager.init_app(app)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(api.blueprint)
    if app.config.get("READING_ROOM_SHOWS_OUTBOX"):
        app.register_blueprint(development.blueprint)
    return app


def local_settings(folder: Path, address: str) -> dict[str, Any]:
    """Return the settings for this machine: a SQLite file in a folder, e-mails that stay in the outbox."""
    return {
        "SECRET_KEY": development.secret_key(folder),
        "STORMPATH_DATABASE": f"sqlite:///{folder / 'users.db'}",
        # Links in e-mails lead here.
        "STORMPATH_SITE_URL": address,
        "READING_ROOM_SHOWS_OUTBOX": True,
    }
