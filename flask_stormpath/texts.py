"""The texts that people read, in their language where the app uses Flask-Babel.

The catalogue is ``translations/flask_stormpath.pot``. An app adds a language by a ``flask_stormpath.po`` in
one of its folders of translations (``BABEL_TRANSLATION_DIRECTORIES``).
"""

from __future__ import annotations

from typing import Any

from flask import current_app, has_app_context

from flask_stormpath.state import state


def gettext(text: str, **values: Any) -> str:
    """Return a text in the language of the request, with each ``%(name)s`` replaced by a value."""
    domain = _domain() if has_app_context() else None
    translated: str = text if domain is None else domain.gettext(text)
    return translated % values if values else translated


def language() -> str:
    """Return the language of the texts, as HTML names it: English where the request's has no translation."""
    # Translators: not a word, but the language of this file, such as "de" or "pt-BR".
    return gettext("en")


class LazyText:
    """A text of a module, such as the label of a field: it is translated when it is shown."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return gettext(self._text)

    def __mod__(self, values: Any) -> str:
        text: str = str(self) % values
        return text

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))


def _domain() -> Any:
    """Return the translations of this extension; None in an app without Flask-Babel."""
    if "babel" not in current_app.extensions:
        return None
    kept = state()
    if kept.translations is None:
        from flask_babel import Domain

        kept.translations = Domain(translation_directories=_folders(), domain="flask_stormpath")
    return kept.translations


def _folders() -> list[str]:
    from pathlib import Path

    named = current_app.config.get("BABEL_TRANSLATION_DIRECTORIES", "translations").split(";")
    own = str(Path(__file__).with_name("translations"))
    return [own, *(str(Path(current_app.root_path, each)) for each in named)]
