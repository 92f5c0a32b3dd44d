"""The directive ``.. mail-picture:: reset``: a picture of a default e-mail, rendered by Chromium.

The name of a picture contains a digest of its content, so Chromium runs only for a picture that is new.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from stormpath import Client
from stormpath.server.mail.default_templates import DEFAULT_TEMPLATES

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
WIDTH: Final = 880

#: The sender is an example. A picture shows both bodies, also where only one is sent.
SENDER: Final = {
    "from_name": "My App",
    "from_email_address": "hello@example.com",
    "mime_type": "multipart/alternative",
}

#: Seconds that the browser may take: a picture that takes longer would never be finished.
PATIENCE: Final = 60

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<style>
body {{ margin: 0; padding: 16px; background: #e8ebef; color: #1d2330 }}
body {{ font: 14px/1.5 "DejaVu Sans", sans-serif }}
header {{ background: #fff; border-radius: 8px 8px 0 0; padding: 14px 20px }}
header {{ border-bottom: 1px solid #d5dae1 }}
h1 {{ font-size: 17px; margin: 0 0 4px }}
header p {{ margin: 0; color: #5a6472 }}
main {{ display: grid; grid-template-columns: 1fr 1fr; background: #fff; border-radius: 0 0 8px 8px }}
section {{ padding: 12px 20px 18px; min-width: 0 }}
section + section {{ border-left: 1px solid #d5dae1 }}
h2 {{ font-size: 11px; letter-spacing: .08em; text-transform: uppercase; color: #7a8494; margin: 0 0 10px }}
pre {{ font: 12.5px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; margin: 0 }}
pre {{ overflow-wrap: anywhere }}
iframe {{ border: 0; width: 100% }}
</style>
<header><h1>{subject}</h1><p>{sender}</header>
<main>
<section><h2>Plain text</h2><pre>{text}</pre></section>
<section><h2>HTML</h2><iframe srcdoc="{html}"></iframe></section>
</main>
<script>
addEventListener("load", () => {{
  const mail = document.querySelector("iframe");
  mail.style.height = mail.contentDocument.documentElement.scrollHeight + "px";
  document.title = document.documentElement.getBoundingClientRect().height;
}});
</script>
</html>
"""


class MailPicture(SphinxDirective):
    """The directive that shows the default e-mail of a kind."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture, with the text of the e-mail as its alternative text."""
        (kind,) = self.arguments
        found = previews().get(kind)
        if found is None:
            raise self.error(
                f"There is no default e-mail {kind!r}; there are {', '.join(DEFAULT_TEMPLATES)}."
            )
        self.env.note_dependency(__file__)
        source = page(found)
        name = f"{kind}-{hashlib.sha256(source.encode()).hexdigest()[:12]}.png"
        picture = Path(self.env.srcdir) / "_build" / "mail" / name
        if not picture.exists():
            draw(source, picture)
        return [nodes.image(uri=f"/_build/mail/{name}", alt=f"{found.subject}: {found.text_body}")]


@cache
def previews() -> dict[str, Any]:
    """Return the preview of each default e-mail by its kind; the service makes them for a new directory."""
    with Client(database="sqlite://") as client:
        directory = client.directories.create({"name": "My Directory"})
        policies = (directory.account_creation_policy, directory.password_policy)
        return {kind: template.preview(**SENDER) for kind, template in _of(policies)}


def _of(policies: tuple[Any, Any]) -> Iterator[tuple[str, Any]]:
    creation, password = policies
    for kind in DEFAULT_TEMPLATES:
        policy = password if kind.startswith("reset") else creation
        name = re.sub(r"(?<=[a-z])([A-Z])", r"_\1", kind).lower()
        (template,) = getattr(policy, f"{name}_email_templates")
        yield kind, template


def page(shown: Any) -> str:
    """Return an e-mail as an HTML page; the e-mail's own HTML is in a frame of it."""
    return _PAGE.format(
        subject=escape(shown.subject),
        sender=escape(f"{shown.from_name} <{shown.from_email_address}>"),
        text=escape(shown.text_body),
        html=escape(shown.html_body),
    )


def draw(source: str, picture: Path) -> None:
    """Write a picture of a page, as high as its content."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file, drawn = Path(folder) / "mail.html", Path(folder) / "mail.png"
        file.write_text(source)
        shown = _browse(folder, "--dump-dom", file.as_uri())
        title = re.search(r"<title>([0-9.]+)</title>", shown)
        if title is None:
            raise ExtensionError(f"The browser did not show {picture.stem}: {shown[:500]}")
        height = round(float(title[1]))
        _browse(folder, f"--screenshot={drawn}", file.as_uri(), height=height)
        if not drawn.exists():
            raise ExtensionError(f"The browser made no picture of {picture.stem}.")
        shutil.move(drawn, picture)


def _browse(folder: str, *arguments: str, height: int = 600) -> str:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise ExtensionError(f"The pictures of e-mails need a browser: install one of {', '.join(BROWSERS)}.")
    # Without its sandbox, which root cannot use: the page contains only the project's own text.
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += [f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{height}"]
    options += ["--force-device-scale-factor=2"]
    try:
        done = subprocess.run(  # noqa: S603  # A browser of this machine, on the project's own page.
            [program, *options, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise ExtensionError(f"The browser failed: {error}") from error
    return done.stdout


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("mail-picture", MailPicture)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
