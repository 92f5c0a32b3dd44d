"""What the pages have in common: one document with its style inside, and headers that keep it to itself."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

import falcon

from stormpath.server.pages.markup import NOTHING, Html, html

_STYLE: Final = Html(
    """
:root {
  color-scheme: light dark;
  --page: #f3f4f6; --card: #fff; --edge: #d9dce1; --field: #8a919e; --text: #1b1f27; --quiet: #596070;
  --accent: #1f5fbf; --on-accent: #fff; --good: #17743b; --bad: #b3261e; --bad-back: #fcefee;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121418; --card: #1b1e25; --edge: #2e333d; --field: #6d7585; --text: #e9ebef; --quiet: #a3aab8;
    --accent: #8ab4f8; --on-accent: #10213d; --good: #7ad69a; --bad: #ffb4ab; --bad-back: #3a2120;
  }
}
* { box-sizing: border-box }
[hidden] { display: none !important }
body {
  margin: 0; min-height: 100vh; padding: 1rem; display: grid; place-items: center;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  color: var(--text); background: var(--page);
}
main {
  width: 100%; max-width: 27rem; padding: 2.25rem;
  background: var(--card); border: 1px solid var(--edge); border-radius: 1rem;
  box-shadow: 0 1px 2px #0000000d, 0 12px 32px -12px #0000002e;
}
@media (max-width: 30rem) { main { padding: 1.5rem } }
svg { display: block; width: 3rem; height: 3rem; margin-bottom: 1.25rem }
.good { color: var(--good) }
.bad { color: var(--bad) }
.application { margin: 0 0 .25rem; font-weight: 600; color: var(--quiet); overflow-wrap: anywhere }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance }
p { margin: 0 0 .75rem }
main > :last-child, form > :last-child { margin-bottom: 0 }
form { margin-top: 1.5rem }
label { display: block; margin-bottom: .375rem; font-weight: 600 }
input:not([type=checkbox]) {
  display: block; width: 100%; min-height: 2.75rem; margin-bottom: 1.125rem; padding: .5rem .75rem;
  font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--field); border-radius: .5rem;
}
input[readonly] {
  text-overflow: ellipsis; color: var(--quiet); background: var(--page); border-color: var(--edge);
}
input[aria-invalid] { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad) }
.error {
  margin: 0 0 .5rem; padding: .5rem .75rem; color: var(--bad); background: var(--bad-back);
  border-radius: .5rem; font-size: .9375rem;
}
.show { display: flex; align-items: center; gap: .5rem; margin-bottom: 1.125rem; font-weight: 400 }
.show input { width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent) }
button {
  width: 100%; min-height: 2.875rem; padding: .5rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: .5rem;
}
button:hover { filter: brightness(1.08) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
"""
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{content}
</main>
{script}</body>
</html>
"""

_CIRCLE: Final = (
    '<svg class="{kind}" viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="3"'
    ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<circle cx="24" cy="24" r="21"/><path d="{path}"/></svg>'
)

#: Signs that stand beside a heading which says the same.
DONE: Final = html(_CIRCLE, kind="good", path="m15 24.500 6.500 6.500 12-13")
FAILED: Final = html(_CIRCLE, kind="bad", path="M24 13.500v13M24 34v.100")


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def heading(text: str, application: str | None) -> Html:
    """Return the heading, below the application's name where that may be told."""
    name = html('<p class="application">{name}</p>\n', name=application) if application else NOTHING
    return html("{name}<h1>{text}</h1>", name=name, text=text)


def show(resp: falcon.Response, title: str, content: Html, script: Html = NOTHING) -> None:
    """Answer with a page. ``script`` is the one that may run on it, if any; the status is left as it is.

    The page loads nothing, may be framed by nobody, is kept nowhere, and the address in which there may be a
    token is told to nobody.
    """
    policy = "default-src 'none'; style-src {}; {}form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    allowed = f"script-src {_source(script)}; " if script else ""
    resp.set_headers(
        {
            "Cache-Control": "no-store",
            "Content-Security-Policy": policy.format(_source(_STYLE), allowed),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    element = html("<script>{script}</script>\n", script=script) if script else NOTHING
    resp.content_type = "text/html; charset=utf-8"
    resp.data = html(_PAGE, title=title, style=_STYLE, content=content, script=element).encode()
    # What is kept nowhere cannot be asked for again by its tag.
    resp.context.differs = True
