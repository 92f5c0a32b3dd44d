"""Fixtures of the Flask extension: apps on the real service, embedded and served, on both databases.

One database, and one served process, is shared by all tests of a test process: each app has an application
with a directory of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from flask_extension.sites import NewSite, Site, Where, secret_pages
from flask_extension.social_fixtures import new_social_site, person_at, providers, social_site, social_where
from flask_stormpath import StormpathManager
from stormpath import Client
from support import databases, open_units
from support.postgresql import PostgreSQLServer
from support.serving import serving

open_units.forbid_requests_inside()

__all__ = ["new_social_site", "person_at", "providers", "social_site", "social_where"]

_names = itertools.count(1)


@pytest.fixture(scope="session", params=databases.DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database that the tests of this process share."""
    if request.param == "sqlite":
        return databases.initialize(databases.sqlite_url(tmp_path_factory.mktemp("flask")))
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    return databases.initialize(server.create_database())


@pytest.fixture(scope="session", params=["embedded", "served"])
def where(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Where]:
    """Where the service of the apps is: in this process, or behind HTTP."""
    with Client(database=database_url) as local:
        if request.param == "embedded":
            yield Where(local, {"STORMPATH_DATABASE": database_url})
            return
        with serving(database_url, tmp_path_factory.mktemp("served") / "log") as base_url:
            key = {"STORMPATH_API_KEY_ID": local.auth.id, "STORMPATH_API_KEY_SECRET": local.auth.secret}
            yield Where(local, {"STORMPATH_BASE_URL": base_url, **key})


class CompiledTemplates(BytecodeCache):
    """The templates, which each app would compile anew."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session")
def templates() -> CompiledTemplates:
    """The templates that the apps of this process share."""
    return CompiledTemplates()


@pytest.fixture
def new_site(where: Where, templates: CompiledTemplates) -> Iterator[NewSite]:
    """``new_site(**settings)`` makes an app with an application and a directory of its own."""
    made: list[Site] = []

    def new(**settings: Any) -> Site:
        name = f"Site {next(_names)}"
        where.client.applications.create({"name": name}, create_directory=True)
        app = Flask("site", template_folder=None)
        app.jinja_options = {"bytecode_cache": templates}
        app.config.update(
            SECRET_KEY="of the tests", STORMPATH_APPLICATION=name, WTF_CSRF_ENABLED=False, **where.config
        )
        app.config.update(settings)
        manager = StormpathManager(app)
        secret_pages(app)
        made.append(Site(app, manager))
        return made[-1]

    yield new
    for each in made:
        each.close()


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """An app with the default settings, and without CSRF tokens."""
    return new_site()
