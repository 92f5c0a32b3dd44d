"""The documentation of the console names each tab, and each entry of the menu."""

from pathlib import Path

import pytest

from stormpath.server.console.navigation import SECTIONS, TENANT_MENU

WORDS = " ".join((Path(__file__).parents[2] / "docs/console/index.rst").read_text().split())


@pytest.mark.parametrize("name", [each.text for each in (*SECTIONS, *TENANT_MENU)])
def test_the_first_page_of_the_console_names_each_tab_and_entry(name: str):
    assert f"**{name}**" in WORDS
