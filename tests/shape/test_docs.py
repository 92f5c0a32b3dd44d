"""The documentation: every Python block runs and prints what it says, and every resource has a page."""

import doctest
import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
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
from sybil.parsers.rest import DocTestParser, PythonCodeBlockParser
from sybil.typing import Parser

from stormpath import Client
from stormpath.error import Error
from stormpath.server.logs.security import LOGGER as SECURITY
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Attribute, HostName, Link, PageUrl, Resource, Secret
from stormpath.server.settings import DEFAULT_BASE_URL, SETTINGS, variable_of
from support import django_settings
from support.openid_server import OpenIdProvider
from support.postgresql import PostgreSQLServer
from support.provider_pages import ProviderOfPage, openid_provider_of, stand_in_of
from support.smtp_server import SmtpServer, mail_server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.rst", *(each for each in sorted(DOCS.rglob("*.rst")) if "_build" not in each.parts)]
OF_RESOURCES = [each for each in PAGES if each.parent == DOCS / "resources"]
OF_PROVIDERS = [each for each in PAGES if each.parent == DOCS / "social"]
# These pages must have examples.
TOURS = {
    ROOT / "README.rst",
    DOCS / "quickstart.rst",
    DOCS / "caching.rst",
    DOCS / "postgresql.rst",
    DOCS / "your-own-api.rst",
    DOCS / "flask" / "social.rst",
    *OF_RESOURCES,
    *OF_PROVIDERS,
}
# Ports in the examples, and the fixtures of the test servers that replace them.
SERVERS = {
    "6379": "redis_server",
    "11211": "memcached_server",
    "1025": "smtp_server",
    "6432": "pgbouncer_server",
}


def parsed(page: Path, text: str) -> Document:
    document = Document(text, str(page))
    parsers: list[Parser] = [DocTestParser(optionflags=doctest.ELLIPSIS), PythonCodeBlockParser()]
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
    names: dict[str, object] = {}
    if request.param == DOCS / "flask" / "social.rst":
        names["__name__"] = "shop"
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
    page = parsed(request.param, text)
    page.namespace.update(names)
    level = logging.getLogger(SECURITY).level
    yield page
    # One page shows how to set it.
    logging.getLogger(SECURITY).setLevel(level)
    # A reader's program would end here, and with it its open clients.
    for each in page.namespace.values():
        if isinstance(each, Client):
            each.close()


def test_the_examples_of_a_page_run(page: Document) -> None:
    examples = list(page.examples())

    for example in examples:
        example.evaluate()

    assert examples or Path(page.path) not in TOURS, "Show the resource in an example, in Python."


@pytest.mark.parametrize("page", [ROOT / "README.rst"], ids=["README.rst"], indirect=True)
def test_the_links_in_the_e_mails_of_the_readme_work_once(page: Document, smtp_server: SmtpServer) -> None:
    for example in page.examples():
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


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented(name: str) -> None:
    meanings = {variable: meaning for variable, _, meaning in SettingsReference.rows()}

    assert meanings[f"``{variable_of(name)}``"].endswith("."), (
        "a setting without its help, which is a sentence"
    )
    assert "\n.. settings::\n" in (DOCS / "server.rst").read_text()


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
