"""Rules read rows by the names of columns: a misspelt one is found here, not by the first request."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import stormpath.server
from stormpath.server.resources import RESOURCES
from stormpath.server.storage.tables import Tables

SERVER = Path(stormpath.server.__file__).parent
TABLES = Tables(RESOURCES)
COLUMNS = {each.name: {column.key for column in TABLES.columns(each.name)} for each in RESOURCES}

#: The resources whose rows the rules keep in variables of these names.
ROWS = {
    "account": ["account"],
    "application": ["application"],
    "directory": ["directory"],
    "group": ["group"],
    "policy": ["accountCreationPolicy", "accountLinkingPolicy", "passwordPolicy"],
    "proven": ["account"],
    "provider": ["provider"],
    "strength": ["passwordStrength"],
    "template": ["emailTemplate"],
    "tenant": ["tenant"],
    # Of any resource, or the custom data of one.
    "row": list(COLUMNS),
}
OTHER_KEYS = {"row": {"document"}}


def keys_read(path: Path) -> Iterator[tuple[int, str, str]]:
    """Return (line, variable, key) of each ``variable["key"]`` and ``object.variable["key"]``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            variable = getattr(node.value, "id", None) or getattr(node.value, "attr", None)
            if variable is not None and isinstance(node.slice.value, str):
                yield node.lineno, variable, node.slice.value


@pytest.mark.parametrize("room", ["authentication", "flows", "mail", "resources", "rest", "setup"])
def test_every_column_that_rules_read_is_declared(room: str):
    misspelt = [
        f'{path.relative_to(SERVER)}:{line}: {variable}["{key}"]'
        for path in sorted((SERVER / room).rglob("*.py"))
        for line, variable, key in keys_read(path)
        if variable in ROWS
        and key not in OTHER_KEYS.get(variable, ())
        and not any(key in COLUMNS[each] for each in ROWS[variable])
    ]

    assert misspelt == [], "These are no columns: correct them, or rename a variable that holds no such row."
