"""Every Python block of the documentation runs, and prints what it says it prints."""

import doctest
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import Document
from sybil.parsers.rest import DocTestParser, PythonCodeBlockParser
from sybil.typing import Parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.rst", *sorted((ROOT / "docs").glob("*.rst"))]
# A page of these that lost its examples has lost its point.
TOURS = {"README.rst", "quickstart.rst"}


def parsed(page: Path) -> Document:
    parsers: list[Parser] = [DocTestParser(optionflags=doctest.ELLIPSIS), PythonCodeBlockParser()]
    return Sybil(parsers=parsers, path=str(ROOT)).parse(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # They name their database by a relative path.
    examples = list(parsed(page).examples())

    for example in examples:
        example.evaluate()

    assert examples or page.name not in TOURS
