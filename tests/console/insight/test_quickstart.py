"""The quickstart guides: their code works as it is shown."""

import html
import re
import runpy
from contextlib import closing
from pathlib import Path

import pytest

import stormpath
from console.visitor import Visitor
from service.calls import Api, id_of
from stormpath.client import Client


def code_of(page) -> list[str]:
    """Return the texts of the code boxes."""
    raw = page.raw.decode()
    parts = raw.split("<code>")[1:]
    return [html.unescape(each.partition("</code>")[0]) for each in parts]


def test_a_guide_has_the_application_and_the_key_and_no_secret(admin: Visitor, api: Api):
    place = api.application("Shop")
    api.application("Zoo")
    key = api.post(f"/accounts/{me(admin)}/apiKeys").made
    admin.open("/")

    admin.follow("Python Quickstart")
    page = admin.submit("Choose", application=id_of(place))
    assert place["href"] in page.raw.decode()
    chosen = admin.submit("Choose", application=id_of(api.get("/applications", name="Zoo").items[0]))
    curl = admin.follow("curl")

    assert place["href"] not in chosen.raw.decode()
    assert chosen.path.startswith("/quickstart/python?application=")
    assert key["id"] in curl.raw.decode()
    assert not any(key["secret"] in each.raw.decode() for each in (page, chosen, curl))


def me(admin: Visitor) -> str:
    found = admin.tools.get(f"{admin.tools.tenant}/accounts", email=admin.login).items
    return id_of(found[0])


def test_without_an_application_it_leads_to_the_form_for_one(admin: Visitor, api: Api):
    for each in api.get("/applications").items:
        api.delete(each["href"])
    page = admin.open("/quickstart/flask")

    assert "There is no application yet." in page.text
    assert admin.follow("Create Application").path == "/applications/new"
    assert admin.open("/quickstart/cobol").status == 404


def test_the_python_of_the_guide_runs(
    admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    shown = code_of(admin.open("/quickstart/python"))[1:]
    with closing(Client(database="sqlite://")) as client:
        place = client.applications.create({"name": "Shop"}, create_directory=True)
        asked = {}

        def new_client(**options: object) -> Client:
            asked.update(options)
            return client

        monkeypatch.setattr(stormpath, "Client", new_client)
        # The application of another service, in which the test may create accounts.
        code = re.sub(r'"[^"]*/applications/\w+"', f'"{place.href}"', "\n".join(shown))
        exec(code, {})  # noqa: S102  # It is what the page tells people to run.

    assert capsys.readouterr().out == "Joe Doe\n"
    assert set(asked) == {"base_url", "api_key_file_location"}


def test_the_flask_app_of_the_guide_is_an_app_with_these_settings(admin: Visitor, api: Api, tmp_path: Path):
    place = api.application("Shop")
    page = admin.open("/quickstart/flask", application=id_of(place))
    source = code_of(page)[1]

    (tmp_path / "app.py").write_text(source)
    made = runpy.run_path(str(tmp_path / "app.py"), run_name="app_of_the_guide")

    assert made["app"].config["STORMPATH_APPLICATION"] == place["href"]
    assert "/login" in {each.rule for each in made["app"].url_map.iter_rules()}
