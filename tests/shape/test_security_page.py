"""Each promise of the page about security names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.rst").read_text()

NAMED = sorted(set(re.findall(r"``(test_\w+)``", PAGE)))


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    nodes = (node for each in files for node in ast.walk(ast.parse(each.read_text())))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_the_page_names_tests():
    assert len(NAMED) > 40


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_exists(name: str, tests: set[str]):
    assert name in tests


@pytest.mark.parametrize("path", re.findall(r"``(tests/\S+\.py)``", PAGE))
def test_a_named_file_exists(path: str):
    assert (ROOT / path).exists()
