"""The directive ``.. flask-settings:: GROUP``: settings of the Flask extension, from their declarations."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from declared_table import Row, list_table, parsed
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from flask_stormpath.settings import COOKIES, FIELDS, FLASK_LOGIN, SERVICE, TEMPLATES, VIEWS, Setting

#: The arguments of the directive, and the settings of each.
GROUPS: Final[dict[str, tuple[Setting, ...]]] = {
    "service": SERVICE,
    "fields": FIELDS,
    "views": VIEWS,
    "templates": TEMPLATES,
    "cookies": COOKIES,
}
OF_FLASK_LOGIN: Final = "flask-login"
#: What settings of Flask-Login are for.
MEANINGS: Final = {
    "REMEMBER_COOKIE_NAME": "The cookie that remembers a login.",
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": "Whether a request begins the duration of a login anew.",
    "REMEMBER_COOKIE_SAMESITE": "Which requests of other sites carry that cookie.",
}


class FlaskSettings(SphinxDirective):
    """The table of one group of settings."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table, parsed as if it stood in the page."""
        group = self.arguments[0]
        if group not in (*GROUPS, OF_FLASK_LOGIN):
            raise self.error(f"the Flask extension has no group of settings {group!r}")
        return parsed(self, list_table(("Setting", "Default", "Meaning"), "38 20 42", rows_of(group)))


def rows_of(group: str) -> list[Row]:
    """Return setting, default and meaning of each setting of a group."""
    if group == OF_FLASK_LOGIN:
        return [(f"``{key}``", _shown(value), MEANINGS[key]) for key, value in FLASK_LOGIN.items()]
    # Settings that are named in a text stand in single backticks, as in docstrings.
    return [(f"``{each.key}``", _shown(each.default), _literal(each.help)) for each in GROUPS[group]]


def _shown(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, timedelta):
        unit = f"days={default.days}" if default.days else f"seconds={default.seconds}"
        return f"``timedelta({unit})``"
    return f"``{default!r}``"


def _literal(text: str) -> str:
    return re.sub(r"(?<!`)`([A-Z_]+)`(?!`)", r"``\1``", text)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive."""
    app.add_directive("flask-settings", FlaskSettings)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
