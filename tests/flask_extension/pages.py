"""What the templates of an app get. Tests look at it, so that a page may be restyled."""

from __future__ import annotations

from typing import Any

from flask import Flask, template_rendered

from flask_extension.sites import Site

Context = dict[str, Any]


def contexts_of(site: Site) -> list[Context]:
    """Return a list to which the context of each page is added that the app shows from now on."""
    seen: list[Context] = []

    def note(app: Flask, template: Any, context: Context) -> None:
        seen.append(context)

    template_rendered.connect(note, site.app, weak=False)
    return seen
