"""Migrations are frozen: each does tomorrow what it did when it was released."""

import ast
import hashlib
from pathlib import Path

import pytest

from stormpath.server.storage import migrate
from stormpath.server.storage.migrations.versions import v0004_policies

SHARED = "stormpath.server.storage.migrations.shared"
VERSIONS = sorted((migrate.MIGRATIONS / "versions").glob("v*.py"))

DEFAULT_EMAILS_OF_0004 = "307f4f52d79a90d9"


def imports_of_the_package(path: Path) -> set[str]:
    """Return what a module imports of ``stormpath``, by the full names of modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return {each for each in found if each.startswith(".") or each.partition(".")[0] == "stormpath"}


def test_the_migrations_are_found():
    assert VERSIONS[0].stem == "v0001_first_tables"
    assert VERSIONS[-1].stem.startswith(f"v{migrate.HEAD}_")


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_imports_nothing_that_may_change(path: Path):
    live = imports_of_the_package(path) - {SHARED}

    assert not live, (
        f"The migration {path.name} imports {', '.join(sorted(live))}. That code will change, and a "
        f"migration must not: write the values it needs into {path.name} itself. Only {SHARED} may be "
        "imported."
    )


def test_what_migrations_share_imports_nothing_that_may_change():
    live = imports_of_the_package(migrate.MIGRATIONS / "shared.py")

    assert not live, (
        f"{SHARED} imports {', '.join(sorted(live))}. It is a part of every migration: "
        "write the values into it."
    )


def test_migration_0004_writes_the_emails_it_was_released_with():
    texts = [
        "\0".join(
            (kind, each.name, each.description, each.subject, each.text_body, each.html_body, str(each.page))
        )
        for kind, each in v0004_policies.DEFAULT_EMAILS.items()
    ]

    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()

    assert digest.startswith(DEFAULT_EMAILS_OF_0004), (
        "A released migration has changed: put the texts of v0004_policies.py back. New default e-mails "
        "belong into server/mail/default_templates.py; to change stored ones, write a new migration."
    )
