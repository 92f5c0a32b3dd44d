"""axe: whether people with disabilities can use a page, as far as a program can tell.

It is npm's axe-core, run inside a page of the browser. ``.ci/servers`` installs the package that
``axe/package-lock.json`` names.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from support.browser import Page
from support.postgresql import ServerMissing

SCRIPT: Final = Path(__file__).with_name("axe") / "node_modules" / "axe-core" / "axe.min.js"

#: WCAG 2.2, levels A and AA, and what is beyond it good practice.
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_RUN: Final = """
axe.run({ runOnly: %s, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) =>
    nodes.map((each) => `${id}: ${each.target} ${each.failureSummary}`)))
"""


def violations(page: Page) -> list[str]:
    """Return each rule that a page violates, with the element and what is wrong with it.

    The script runs beside the page's own, whatever the page's policy says. It stays until the page is left.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{source()}; null")
    found: list[str] = page.evaluate(_RUN % json.dumps(TAGS))
    return found


@cache
def source() -> str:
    """Return the script."""
    try:
        return SCRIPT.read_text()
    except FileNotFoundError:
        raise ServerMissing("npm's axe-core is not installed; `make test` installs it") from None
