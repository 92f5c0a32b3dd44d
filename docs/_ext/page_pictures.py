"""The directive ``.. page-picture:: login``: a page, wide and narrow, light and dark.

The pages are those of a Flask app and, with names that begin with ``console-``, of an Admin Console, which
run during the build. The name of a picture contains a digest of its page, style sheet and script, so Chromium
starts only where one is new, and once for all of them.
"""

from __future__ import annotations

import hashlib
import mimetypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any, Final

import console_scenes
from docutils import nodes
from page_scenes import scenes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_stormpath import __file__ as package
from stormpath.server.console.templating import STATIC

ROOT: Final = Path(__file__).parents[2]
STYLE: Final = Path(package).with_name("static") / "stormpath.css"
CONSOLE_FILES: Final = (STATIC / "console.css", STATIC / "console.js")
#: In pixels: the least height of a picture, by its width.
SIZES: Final = {960: 600, 360: 640}
CONSOLE_SIZES: Final = {1200: 640, 360: 640}
#: What is below is cut off: long lists and forms go on in the same way.
MOST_HEIGHT: Final = 1800
SCHEMES: Final = ("light", "dark")
#: Where pages load their style from.
STYLE_PATH: Final = "/flask_stormpath/static/stormpath.css"


class PagePicture(SphinxDirective):
    """The directive that shows a page, in four pictures."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the pictures, with the name of the page as their alternative text."""
        (scene,) = self.arguments
        if scene not in pages():
            raise self.error(f"There is no page {scene!r}; there are {', '.join(pages())}.")
        modules = (sys.modules["page_scenes"].__file__, console_scenes.__file__)
        for each in (__file__, *modules, *files_of(scene)):
            self.env.note_dependency(str(each))
        folder = Path(self.env.srcdir) / "_build" / "pages"
        if not all((folder / each).exists() for each in names_of(scene).values()):
            draw_missing(folder)
        shown = nodes.container(classes=["page-picture"])
        for (scheme, width), name in names_of(scene).items():
            size = "wide" if width == max(sizes_of(scene)) else "narrow"
            described = f"The page {scene}, {size}, {scheme}"
            shown += nodes.image(uri=f"/_build/pages/{name}", alt=described, classes=[size])
        return [shown]


@cache
def pages() -> dict[str, str]:
    """Return the HTML of each page by the name of its scene."""
    return {**scenes(), **console_scenes.scenes()}


def is_of_console(scene: str) -> bool:
    """Tell whether a scene is a page of the Admin Console."""
    return scene.startswith(console_scenes.PREFIX)


def files_of(scene: str) -> tuple[Path, ...]:
    """Return the files by which a page looks as it does."""
    return CONSOLE_FILES if is_of_console(scene) else (STYLE,)


def sizes_of(scene: str) -> dict[int, int]:
    """Return the widths of a page's pictures, with their least heights."""
    return CONSOLE_SIZES if is_of_console(scene) else SIZES


def names_of(scene: str) -> dict[tuple[str, int], str]:
    """Return the file names of a page's pictures, by scheme and width."""
    looks = "".join(each.read_text() for each in files_of(scene))
    digest = hashlib.sha256(f"{pages()[scene]}{looks}".encode()).hexdigest()[:12]
    return {
        (scheme, width): f"{scene}-{width}-{scheme}-{digest}.png"
        for scheme in SCHEMES
        for width in sizes_of(scene)
    }


def draw_missing(folder: Path) -> None:
    """Write each picture that is not in a folder, as high as its page."""
    # The driver of the browser is that of the tests.
    if str(ROOT / "tests") not in sys.path:
        sys.path.append(str(ROOT / "tests"))
    from support.browser import Browser

    folder.mkdir(parents=True, exist_ok=True)
    with _served() as url, Browser() as browser, browser.page() as page:
        page.call("Emulation.setScrollbarsHidden", hidden=True)
        for scene in pages():
            missing = {how: name for how, name in names_of(scene).items() if not (folder / name).exists()}
            if not missing:
                continue
            page.open(f"{url}/{scene}")
            for (scheme, width), name in missing.items():
                page.prefer(scheme)
                least = sizes_of(scene)[width]
                page.resize(width, least)
                height = page.evaluate("document.documentElement.scrollHeight")
                page.resize(width, min(max(height, least), MOST_HEIGHT))
                (folder / name).write_bytes(page.screenshot())


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def _served() -> Iterator[str]:
    """Serve the pages on loopback."""
    server = make_server("127.0.0.1", 0, _answer, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    path = environ["PATH_INFO"]
    if path == STYLE_PATH:
        start_response("200 OK", [("Content-Type", "text/css; charset=utf-8")])
        return [STYLE.read_bytes()]
    if path.startswith("/static/"):
        file = STATIC / Path(path).name
        start_response("200 OK", [("Content-Type", mimetypes.guess_type(file.name)[0] or "text/plain")])
        return [file.read_bytes()]
    page = pages().get(path.lstrip("/"))
    status = "404 Not Found" if page is None else "200 OK"
    start_response(status, [("Content-Type", "text/html; charset=utf-8")])
    return [(page or "").encode()]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("page-picture", PagePicture)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
