"""Every Python block of the documentation runs, and prints what it says it prints."""

import doctest
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import Document
from sybil.parsers.rest import DocTestParser, PythonCodeBlockParser
from sybil.typing import Parser

from stormpath.server.settings import ENVIRONMENT

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]
# A page of these that lost its examples has lost its point.
TOURS = {"README.rst", "quickstart.rst"}


def parsed(page: Path) -> Document:
    parsers: list[Parser] = [DocTestParser(optionflags=doctest.ELLIPSIS), PythonCodeBlockParser()]
    return Sybil(parsers=parsers, path=str(ROOT)).parse(page)


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    """A page, in a folder of its own: its examples name their database by a relative path."""
    monkeypatch.chdir(tmp_path)
    page = parsed(request.param)
    yield page
    # A reader's program ends here, and with it the clients it did not close.
    page.namespace.clear()
    gc.collect()


def test_the_examples_of_a_page_run(page: Document) -> None:
    examples = list(page.examples())

    for example in examples:
        example.evaluate()

    assert examples or Path(page.path).name not in TOURS


@pytest.mark.parametrize("variable", ENVIRONMENT.values())
def test_every_setting_is_documented(variable: str) -> None:
    assert f"``{variable}``" in (ROOT / "docs" / "server.rst").read_text()
