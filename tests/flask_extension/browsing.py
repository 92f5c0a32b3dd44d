"""What a person does with an app in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from flask_extension.sites import PASSWORD, Site
from flask_stormpath import login_required, user
from stormpath import Client
from stormpath.testing import emails
from support.browser import Page

#: The strictest policy under which the pages must work.
STRICT_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; img-src 'self' data:"
NEW_PASSWORD = "An0ther password"

_PAGE = '<!doctype html><html lang="en"><title>My App</title><main><h1>My App</h1>{}</main></html>'
_PROFILE = """<p>Colour: {}</p>
<form method="post"><label>Colour <input name="colour"></label> <button type="submit">Save</button></form>
"""


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def running(app: Flask, port: int) -> Iterator[str]:
    """Serve an app on a loopback port, with a thread for each request; give its URL."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_QuietHandler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def prepare(app: Flask) -> None:
    """Add a page with custom data, make documents of the app's own pages, and set the strict policy."""

    @app.route("/profile", methods=["GET", "POST"])
    @login_required
    def profile() -> ResponseReturnValue:
        if request.method == "POST":
            user.custom_data["colour"] = request.form["colour"]
            user.save()
        return _PROFILE.format(user.custom_data.get("colour", "none"))

    @app.after_request
    def finish(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = STRICT_POLICY
        is_own_page = not (request.endpoint or "").startswith(("stormpath.", "flask_stormpath."))
        if is_own_page and answer.status_code == 200:
            answer.set_data(_PAGE.format(answer.get_data(as_text=True)))
        return answer


@dataclass(frozen=True)
class Visitor:
    """A person at a tab, an app that runs at a URL, and a client that reads the e-mails of the service."""

    page: Page
    site: Site
    url: str
    client: Client

    @property
    def address(self) -> str:
        """The e-mail address of the person."""
        return self.site.address

    def open(self, path: str) -> None:
        """Open a page of the app."""
        self.page.open(self.url + path)

    def fill(self, **values: str) -> None:
        """Put texts into the fields with these names, in place of what is there."""
        self.focused  # A page sets it once, and must not find another one set.
        for name, value in values.items():
            self.page.evaluate(f"document.querySelector('[name={name}]').select()")
            self.page.insert(value)

    def send(self, button: str = "form button[type=submit]") -> None:
        """Press a button, and wait for the page that follows."""
        with self.page.navigation():
            self.page.click(button)

    @property
    def focused(self) -> str:
        """The name of the field with the focus, which a new page sets with its first picture."""
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return str(self.page.evaluate("document.activeElement.name"))

    def follow(self, text: str) -> None:
        """Click on the link with a text, and wait for its page."""
        self.focused  # As in ``fill``.
        mark = f"[...document.links].find(each => each.innerText.trim() === {text!r}).id = 'to-follow'"
        self.page.evaluate(mark)
        self.send("#to-follow")

    def register(self, **more: str) -> None:
        """Fill in the registration, and send it."""
        self.open("/register")
        self.fill(
            **{"given_name": "Joe", "surname": "Doe", "email": self.address, "password": PASSWORD} | more
        )
        self.send()

    def log_in(self, path: str = "/login", password: str = PASSWORD) -> None:
        """Fill in the login, and send it."""
        self.open(path)
        self.fill(login=self.address, password=password)
        self.send()

    def link_of_email(self) -> str:
        """Return the link in the e-mail that was written last."""
        last = [each for each in emails(self.client) if each.to == self.address][-1]
        return next(each for each in (last.text or "").split() if "sptoken=" in each)

    @property
    def path(self) -> str:
        """Where the tab is: the path with the query."""
        return str(self.page.evaluate("location.pathname + location.search"))

    @property
    def text(self) -> str:
        """What the page says."""
        return self.page.text

    def assert_stayed_here(self) -> None:
        """No page has requested anything of another host, and the browser has had no complaint."""
        elsewhere = [each for _, each in self.page.requests if not each.startswith((self.url, "data:"))]
        assert not elsewhere, elsewhere
        # A logout clears the cache, which the browser tells.
        complaints = [each for each in self.page.complaints if "Cleared data types" not in each]
        assert not complaints, complaints
