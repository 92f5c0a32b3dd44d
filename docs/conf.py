import logging
import sys
from pathlib import Path
from typing import Any

import stormpath
from stormpath.resources.attributes import (
    Attribute,
    Choice,
    Duration,
    Flag,
    FreeObject,
    ListOf,
    Number,
    Text,
    Timestamp,
)
from stormpath.resources.links import FreeForm, Link, Links

project = "Stormpath"
author = stormpath.__author__
copyright = stormpath.__copyright__
version = release = stormpath.__version__

# A package of the theme (a11y_pygments) enables all log messages, also those of migrations and examples.
for each in ("alembic", "stormpath.security"):
    logging.getLogger(each).setLevel(logging.WARNING)

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "flask_settings_reference",
    "mail_pictures",
    "page_pictures",
    "resource_reference",
    "security_events",
    "settings_reference",
]
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"

html_theme = "furo"
html_title = f"Stormpath {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css", "pages.css"]

# The text for each kind of attribute. Special kinds come first: the first match is used.
WORDS = {
    FreeForm: "The caller's own keys",
    Links: "A collection",
    Link: "A link",
    Choice: "One of a few words",
    Timestamp: "A time with its time zone",
    Text: "Text",
    Duration: "A duration, as a ``timedelta``",
    Number: "A whole number",
    Flag: "True or false",
    ListOf: "A list",
    FreeObject: "A JSON object",
    Attribute: "Any JSON value",
}


def describe_attribute(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Replace the general docstring of an attribute's class by the facts of this attribute."""
    if not isinstance(obj, Attribute):
        return
    told = next(words for kind, words in WORDS.items() if isinstance(obj, kind))
    if isinstance(obj, Choice):
        told = f"One of {', '.join(f'``{each}``' for each in obj.choices)}"
    if getattr(obj, "nullable", False):
        told += ", or None"
    if obj.writable:
        told += "; callers may set it"
    lines[:] = [f"{told}."]


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", describe_attribute)
