"""The page that the ``moreInfo`` of every error links to: each code with its status and its meaning."""

from __future__ import annotations

from html import escape
from typing import Final

from stormpath.server.schema.errors import Code

PATH: Final = "/docs/errors.html"

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Error codes</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }}
tr:target {{ background: #fe86 }}
</style>
<h1>Error codes</h1>
<table>
<tr><th>Code<th>Status<th>Meaning
{rows}
</table>
</html>
"""


def render() -> bytes:
    """Return the page; ``#error-2000`` leads to a code's row."""
    rows = (
        f'<tr id="error-{int(code)}"><td>{int(code)}<td>{code.status}<td>{escape(code.meaning)}'
        for code in Code
    )
    return _PAGE.format(rows="\n".join(rows)).encode()
