"""Quickstart guides, with the hrefs and the key id of the tenant filled in. A secret is in none of them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.schema import ENABLED
from stormpath.server.schema.errors import not_found
from stormpath.server.schema.query import MAX_LIMIT
from stormpath.server.setup.bootstrap import BUILT_IN_APPLICATION

#: Where the key that is downloaded is put, as the SDK looks for it.
_KEY_FILE: Final = "~/.stormpath/apiKey.properties"


class Language(NamedTuple):
    """A guide: its name in the address, its title."""

    name: str
    title: str


LANGUAGES: Final = (Language("python", "Python"), Language("flask", "Flask"), Language("curl", "curl"))


def choose(request: ConsoleRequest) -> None:
    """Show which guides there are."""
    request.render("quickstart/choose.html", languages=LANGUAGES)


def show(request: ConsoleRequest) -> None:
    """Show a guide for one of the tenant's applications."""
    language = next((each for each in LANGUAGES if each.name == request.params["language"]), None)
    if language is None:
        raise not_found()
    applications = _applications(request)
    chosen = _chosen(request, applications)
    key_id = _key_id(request)
    steps = [] if chosen is None else _steps(request, language.name, chosen, key_id)
    request.render(
        "quickstart/guide.html",
        language=language,
        languages=LANGUAGES,
        applications=[(each["href"].rpartition("/")[2], each["name"]) for each in applications],
        chosen=None if chosen is None else chosen["href"].rpartition("/")[2],
        key_id=key_id,
        key_file=_KEY_FILE,
        steps=steps,
    )


def _applications(request: ConsoleRequest) -> list[dict[str, Any]]:
    path = f"/tenants/{request.tenant['id']}/applications"
    found = request.api.get(path, {"limit": MAX_LIMIT, "orderBy": "name"})["items"]
    return [each for each in found if each["name"] != BUILT_IN_APPLICATION]


def _chosen(request: ConsoleRequest, applications: list[dict[str, Any]]) -> dict[str, Any] | None:
    asked = request.query.get("application", "")
    for each in applications:
        if each["href"].endswith(f"/{asked}"):
            return each
    if asked:
        # One that is not among the first: a link leads here from any application.
        return request.api.get(request.console.resources["application"].path.replace("{id}", asked))
    return applications[0] if applications else None


def _key_id(request: ConsoleRequest) -> str:
    # The newest that may be used: its file was downloaded last.
    query = {"limit": 1, "orderBy": "createdAt desc", "status": ENABLED}
    keys = request.api.get(f"/accounts/{request.administrator['id']}/apiKeys", query)["items"]
    return str(keys[0]["id"]) if keys else ""


def _steps(
    request: ConsoleRequest, language: str, application: dict[str, Any], key_id: str
) -> list[tuple[str, str]]:
    """Return the steps of a guide: what to do, and the code."""
    base_url, href = request.console.settings.base_url, application["href"]
    name = str(application["name"])
    makers = {"python": _python, "flask": _flask, "curl": _curl}
    return makers[language](base_url, href, name, key_id or "YOUR_API_KEY_ID")


def _python(base_url: str, href: str, name: str, key_id: str) -> list[tuple[str, str]]:
    return [
        ("Install the SDK.", "pip install stormpath"),
        (
            "Create a client: it reads the API key from the file, and finds the application.",
            f"from stormpath import Client\n\n"
            f'client = Client(base_url="{base_url}", api_key_file_location="{_KEY_FILE}")\n'
            f'application = client.applications.get("{href}")',
        ),
        (
            "Create an account, and log in with it.",
            "account = application.accounts.create({\n"
            '    "given_name": "Joe",\n    "surname": "Doe",\n'
            '    "email": "joe@example.com",\n    "password": "Changeme1!",\n})\n'
            'result = application.authenticate_account("joe@example.com", "Changeme1!")\n'
            "print(result.account.full_name)",
        ),
    ]


def _flask(base_url: str, href: str, name: str, key_id: str) -> list[tuple[str, str]]:
    return [
        ("Install the extension.", 'pip install "stormpath[flask]"'),
        (
            "Write app.py.",
            "from flask import Flask, render_template_string\n"
            "from flask_stormpath import StormpathManager\n\n"
            "app = Flask(__name__)\n"
            "app.config.update(\n"
            '    SECRET_KEY="change me",\n'
            f'    STORMPATH_BASE_URL="{base_url}",\n'
            f'    STORMPATH_API_KEY_FILE="{_KEY_FILE}",\n'
            f'    STORMPATH_APPLICATION="{href}",\n'
            ")\n"
            "StormpathManager(app)\n\n\n"
            '@app.route("/")\n'
            "def home():\n"
            '    return render_template_string("{% if user %}Hello {{ user.given_name }}!'
            "{% else %}<a href='/login'>Log in</a>{% endif %}\")",
        ),
        ("Start it, and open http://127.0.0.1:5000.", "flask run"),
    ]


def _curl(base_url: str, href: str, name: str, key_id: str) -> list[tuple[str, str]]:
    begin = f'curl --user "{key_id}:$STORMPATH_API_KEY_SECRET"'
    json = "--header 'Content-Type: application/json'"
    return [
        ("Put the secret of the API key into the environment.", "read -rs STORMPATH_API_KEY_SECRET"),
        ("Read the application.", f"{begin} '{href}'"),
        (
            "Create an account.",
            f"{begin} {json} \\\n"
            '  --data \'{"givenName": "Joe", "surname": "Doe", "email": "joe@example.com", '
            '"password": "Changeme1!"}\' \\\n'
            f"  '{href}/accounts'",
        ),
        (
            "Log in with it.",
            f"{begin} {json} \\\n"
            '  --data "{\\"type\\": \\"basic\\", \\"value\\": '
            '\\"$(printf %s \'joe@example.com:Changeme1!\' | base64)\\"}" \\\n'
            f"  '{href}/loginAttempts'",
        ),
    ]


PAGES: Final = (
    Page("/quickstart", choose, section="home"),
    Page("/quickstart/{language}", show, section="home"),
)
