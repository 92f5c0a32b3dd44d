"""The templates: values are escaped where they are inserted, and what all pages share is here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

from stormpath.server.console import labels
from stormpath.server.console.navigation import SECTIONS, TENANT_MENU
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.schema.timestamps import timestamp

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"


@cache
def environment() -> jinja2.Environment:
    """Return the environment of all templates, which are compiled once a process."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    found.globals.update(
        _=gettext,
        ngettext=ngettext,
        label=labels.label,
        plural=labels.plural,
        singular=labels.singular,
        word=labels.word,
        SECTIONS=SECTIONS,
        TENANT_MENU=TENANT_MENU,
        static=static,
    )
    found.filters.update(iso=timestamp, moment=moment, number=number, shortened=shortened)
    return found


def add(**functions: Any) -> None:
    """Let all templates call these functions by their names."""
    environment().globals.update(functions)


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a template filled with values."""
    return environment().get_template(template).render(values)


@cache
def static(name: str) -> str:
    """Return the path of a static file below the console's root, which changes with its contents."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def moment(value: str | int | None) -> str:
    """Return a time for people, in UTC: of a timestamp of the API, or of milliseconds since 1970."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(timestamp(value))
    found = datetime.fromisoformat(text).astimezone(UTC)
    return f"{found:%Y-%m-%d %H:%M} UTC"


def number(value: int) -> str:
    """Return a number with commas."""
    return f"{value:,}"


def shortened(text: str | None, length: int = 60) -> str:
    """Return the beginning of a text."""
    text = text or ""
    return text if len(text) <= length else f"{text[: length - 1]}…"
