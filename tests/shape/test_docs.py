"""The documentation: every Python block runs and prints what it says, and every resource has a page."""

import doctest
import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import flask_settings_reference
import psycopg
import pytest
from flask import Flask
from resource_facts import (
    BY_NAME,
    attribute_rows,
    can_be_created,
    class_of,
    endpoints,
    error_rows,
    list_lines,
    notes_on,
    plain,
)
from resource_paths import operations_on
from settings_reference import SettingsReference
from sybil.document import Document
from sybil.parsers.rest import CaptureParser, DocTestParser, PythonCodeBlockParser
from sybil.typing import Parser

from flask_stormpath.settings import FLASK_LOGIN
from flask_stormpath.settings import SETTINGS as FLASK_SETTINGS
from stormpath import Client
from stormpath.error import Error
from stormpath.server.logs.security import LOGGER as SECURITY
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Attribute, HostName, Link, PageUrl, Resource, Secret
from stormpath.server.settings import DEFAULT_BASE_URL, SETTINGS, variable_of
from support import databases, django_settings
from support.flask_pages import MODULE, FlaskPages, close, register
from support.mirror_page import MirrorPage, mirror_page
from support.openid_server import OpenIdProvider
from support.postgresql import PostgreSQLServer
from support.provider_pages import ProviderOfPage, openid_provider_of, stand_in_of
from support.serving import serving
from support.slapd_server import SlapdServer
from support.smtp_server import SmtpServer, mail_server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.rst", *(each for each in sorted(DOCS.rglob("*.rst")) if "_build" not in each.parts)]
OF_RESOURCES = [each for each in PAGES if each.parent == DOCS / "resources"]
OF_FLASK = [each for each in PAGES if each.parent == DOCS / "flask"]
OF_PROVIDERS = [each for each in PAGES if each.parent == DOCS / "social"]
# These pages must have examples.
TOURS = {
    ROOT / "README.rst",
    DOCS / "quickstart.rst",
    DOCS / "caching.rst",
    DOCS / "postgresql.rst",
    DOCS / "your-own-api.rst",
    DOCS / "mirror_ldap.rst",
    DOCS / "mirror_active_directory.rst",
    DOCS / "flask" / "quickstart.rst",
    DOCS / "flask" / "guide.rst",
    DOCS / "flask" / "social.rst",
    *OF_RESOURCES,
    *OF_PROVIDERS,
}
# In the Flask guide, the key of a served API.
SERVED_KEY_FILE = "/path/to/apiKey.properties"
# What Google and Facebook have given to the reader.
OF_REGISTERED_APPS = ("FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
# Ports in the examples, and the fixtures of the test servers that replace them.
SERVERS = {
    "6379": "redis_server",
    "11211": "memcached_server",
    "1025": "smtp_server",
    "6432": "pgbouncer_server",
}


def parsed(page: Path, text: str, *others: Parser) -> Document:
    document = Document(text, str(page))
    parsers: list[Parser] = [
        DocTestParser(optionflags=doctest.ELLIPSIS),
        PythonCodeBlockParser(),
        CaptureParser(),
        *others,
    ]
    for parse in parsers:
        for region in parse(document):
            document.add(region)
    return document


def arguments_of(directive: str) -> Counter[str]:
    """Return the arguments that the pages pass to a directive, with their counts."""
    written = re.compile(rf"^\.\. {directive}:: (.+)$", re.MULTILINE)
    return Counter(each for page in OF_RESOURCES for each in written.findall(page.read_text()))


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def users_on_postgresql(
    postgresql_server: PostgreSQLServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The database ``users``, with where it is and whose it is in libpq's environment."""
    parts = urlsplit(postgresql_server.address)
    for name, value in (("PORT", parts.port), ("USER", parts.username), ("PASSWORD", parts.password)):
        monkeypatch.setenv(f"PG{name}", str(value))
    with psycopg.connect("postgresql://localhost/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE users TEMPLATE template0")
        yield
        connection.execute("DROP DATABASE users WITH (FORCE)")


@pytest.fixture
def provider_of_page(request: pytest.FixtureRequest) -> Iterator[ProviderOfPage]:
    """The provider at which people log in on the page."""
    name = request.node.callspec.params["page"].stem
    if name in ("google", "oauth2"):
        provider: OpenIdProvider = request.getfixturevalue("openid_provider")
        yield openid_provider_of(name, provider)
        return
    with stand_in_of(name) as found:
        yield found


@pytest.fixture
def mirror_of_page(
    slapd_server: SlapdServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MirrorPage]:
    """An LDAP server and a service, and the commands of the page between them."""
    monkeypatch.chdir(tmp_path)
    with mirror_page(slapd_server, tmp_path / "served") as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def flask_pages() -> Iterator[FlaskPages]:
    """The apps of a page about the Flask extension, and people who visit them."""
    pages = FlaskPages()
    yield pages
    pages.close()


@pytest.fixture
def served_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The key file of a served API, which the environment names, with the application of the examples."""
    (tmp_path / "served").mkdir()
    database = databases.initialize(databases.sqlite_url(tmp_path / "served"))
    with Client(database=database) as client:
        client.applications.create({"name": "myapp"}, create_directory=True)
        id, secret = client.auth.id, client.auth.secret
    key_file = tmp_path / "served" / "apiKey.properties"
    key_file.write_text(f"apiKey.id = {id}\napiKey.secret = {secret}\n")
    with serving(database, tmp_path / "served" / "log") as base_url:
        monkeypatch.setenv("STORMPATH_CLIENT_BASEURL", base_url)
        for name, value in (("API_KEY_ID", id), ("API_KEY_SECRET", secret), ("APPLICATION", "myapp")):
            monkeypatch.setenv(f"STORMPATH_{name}", value)
        yield key_file


@pytest.fixture(params=PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def page(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    """A page, run in a folder of its own: its examples name their database by a relative path."""
    monkeypatch.chdir(tmp_path)
    if request.param == DOCS / "postgresql.rst":
        request.getfixturevalue("users_on_postgresql")
    if request.param == DOCS / "your-own-api.rst":
        # As the settings of the reader's project do.
        django_settings.configure()
    text = request.param.read_text()
    for port, server in SERVERS.items():
        if port in text:
            text = text.replace(port, str(request.getfixturevalue(server).port))
    names: dict[str, object] = {"__name__": MODULE}
    if request.param == DOCS / "flask" / "social.rst":
        for variable in ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"):
            monkeypatch.setenv(variable, "as Google shows it")
    if request.param in OF_PROVIDERS and request.param.stem != "index":
        provider: ProviderOfPage = request.getfixturevalue("provider_of_page")
        for old, new in provider.texts.items():
            assert old in text
            text = text.replace(old, new)
        for setting, value in provider.settings.items():
            monkeypatch.setenv(variable_of(setting), value)
        names["browser"] = provider.browser
    if request.param in OF_FLASK:
        names |= request.getfixturevalue("flask_pages").names
        for name in OF_REGISTERED_APPS:
            monkeypatch.setenv(name, f"the {name} of the reader")
        if SERVED_KEY_FILE in text:
            key_file = request.getfixturevalue("served_application")
            text = text.replace(SERVED_KEY_FILE, key_file.as_posix())
    others: list[Parser] = []
    if request.param == DOCS / "mirror_ldap.rst":
        mirror: MirrorPage = request.getfixturevalue("mirror_of_page")
        for old, new in mirror.texts.items():
            assert old in text
            text = text.replace(old, new)
        others.append(mirror.parser)
    page = parsed(request.param, text, *others)
    page.namespace.update(names)
    level = logging.getLogger(SECURITY).level
    yield page
    # One page shows how to set it.
    logging.getLogger(SECURITY).setLevel(level)
    # A reader's program would end here, and with it its open clients.
    for each in page.namespace.values():
        if isinstance(each, Client):
            each.close()
        if isinstance(each, Flask):
            close(each)


def test_the_examples_of_a_page_run(page: Document) -> None:
    examples = list(page.examples())

    for example in examples:
        example.evaluate()

    assert examples or Path(page.path) not in TOURS, "Show the resource in an example, in Python."


@pytest.mark.parametrize("page", [ROOT / "README.rst"], ids=["README.rst"], indirect=True)
def test_the_links_in_the_e_mails_of_the_readme_work_once(page: Document, smtp_server: SmtpServer) -> None:
    for example in page.examples():
        # It is another app.
        if "flask_stormpath" not in example.parsed:
            example.evaluate()
    verify, reset, app = (page.namespace[each] for each in ("verify", "reset", "app"))

    verifying, resetting = (each.message for each in smtp_server.wait_for(2))

    tokens = []
    for message, link in ((verifying, "https://my.app/verify"), (resetting, "https://my.app/reset")):
        assert message["To"] == "ann@example.com"
        text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
        (token,) = re.findall(rf"{link}\?sptoken=([\w.-]+)", text)
        assert f'href="{link}?sptoken={token}"' in html
        tokens.append(token)
    assert verify(tokens[0]).is_enabled()
    reset(tokens[1], "Otherwise2!")
    assert app.authenticate_account("ann@example.com", "Otherwise2!")
    for again in (lambda: verify(tokens[0]), lambda: reset(tokens[1], "Changeme1!")):
        with pytest.raises(Error) as caught:
            again()
        assert caught.value.status == 404


@pytest.mark.parametrize("page", [ROOT / "README.rst"], ids=["README.rst"], indirect=True)
def test_the_readme_has_a_flask_app_of_eight_lines(page: Document) -> None:
    (example,) = (each for each in page.examples() if "flask_stormpath" in each.parsed)
    assert len(example.parsed.strip().splitlines()) == 8

    example.evaluate()

    browser = page.namespace["app"].test_client()
    assert register(browser).location == "/"
    assert browser.get("/").text == "Hello Joe!"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    meanings = {variable: meaning for variable, _, meaning in SettingsReference.rows()}

    assert meanings[f"``{variable_of(name)}``"].endswith("."), (
        "a setting without its help, which is a sentence"
    )
    assert "\n.. settings::\n" in (DOCS / "server.rst").read_text()


@pytest.mark.parametrize("key", [*FLASK_SETTINGS, *FLASK_LOGIN])
def test_every_setting_of_the_flask_extension_is_documented(key: str) -> None:
    page = (DOCS / "flask" / "settings.rst").read_text()
    shown = [
        row
        for group in re.findall(r"^\.\. flask-settings:: (\S+)$", page, re.MULTILINE)
        for row in flask_settings_reference.rows_of(group)
    ]

    (meaning,) = [meaning for setting, _, meaning in shown if setting == f"``{key}``"]
    assert meaning.endswith("."), "a setting without its help, which is a sentence"


def test_every_resource_is_documented_on_one_page() -> None:
    assert arguments_of("resource") == Counter(each.name for each in RESOURCES), (
        "Each resource has one page in docs/resources, with the directive `.. resource:: name`."
    )


def test_every_endpoint_is_documented_on_one_page() -> None:
    assert arguments_of("endpoint") == Counter(endpoints()), (
        "Each endpoint has one section in docs/resources, with the directive `.. endpoint:: resource.name`."
    )


def test_pages_name_error_codes_that_are_in_use() -> None:
    for codes in arguments_of("errors"):
        assert error_rows(codes)


def test_every_resource_page_is_in_the_index() -> None:
    index = (DOCS / "resources" / "index.rst").read_text()

    linked = set(re.findall(r"^    ([\w-]+)$", index, re.MULTILINE))
    assert linked == {each.stem for each in OF_RESOURCES} - {"index"}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_the_reference_describes_every_attribute_and_verb(resource: Resource) -> None:
    rows = attribute_rows(resource)
    operations = operations_on(resource)

    texts = " ".join(f"{each.name} {each.type} {each.notes}" for each in rows)
    assert class_of(resource) is not None
    assert all(f"``{each.name}``" in texts for each in resource.own if each.shown)
    assert all(plain(each.about) in texts for each in resource.own if each.shown)
    assert {each.method for each in operations if each.path == resource.path} == set(resource.verbs)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_the_reference_contains_no_address_or_path_of_the_build(resource: Resource) -> None:
    texts = f"{attribute_rows(resource)} {operations_on(resource)} {list_lines(resource)}"

    assert DEFAULT_BASE_URL not in texts
    assert "localhost" not in texts
    assert str(ROOT) not in texts


CREATED_INSIDE = {"provider", "agent", "userInfoMappingRules", "attributeStatementMappingRules"}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_the_reference_says_create_where_a_resource_can_be_created(resource: Resource) -> None:
    when = " ".join(each.set_by for each in attribute_rows(resource) if "." not in each.name)

    # These are created inside others, and have no path that creates them.
    posted = any(each.does.startswith("Create one") for each in operations_on(resource))
    assert can_be_created(resource) == (posted or resource.name in CREATED_INSIDE)
    assert can_be_created(resource) == ("create" in when)


@pytest.mark.parametrize(
    ("attribute", "texts"),
    [
        (Link("store", to=("group",), named="organization"), '``{"nameKey": ...}``'),
        (Link("key", to=("apiKey",), null_on_delete=True), "Null once that is deleted."),
        (Secret("clientSecret"), "Encrypted in the database."),
        (PageUrl("linkBaseUrl"), "A path alone is a page of the service."),
        (HostName("domainName", under="{key}.id"), "until it is set"),
    ],
    ids=["named", "released", "secret", "page", "host"],
)
def test_the_notes_state_the_special_facts_of_an_attribute(attribute: Attribute, texts: str) -> None:
    assert texts in notes_on(attribute)


def test_a_duration_is_a_timedelta_where_the_sdk_makes_it_one() -> None:
    lengths = {
        each.name: each.type for name in ("oAuthPolicy", "idSite") for each in attribute_rows(BY_NAME[name])
    }

    in_python = "; ``timedelta`` in Python"
    assert lengths["| ``accessTokenTtl``\n| ``access_token_ttl``"].endswith(in_python)
    assert lengths["| ``sessionTtl``\n| ``session_ttl``"] == "ISO 8601 duration"
