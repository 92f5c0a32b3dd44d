"""The catalogues hold every text; of the Flask extension, every text is translated too."""

import gettext
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "translations.py"))
LANGUAGES = list(TOOL["catalogs"]())
RENEW = "Run `make translations`, fill in what is new, and run it again."


@pytest.fixture(scope="module")
def template() -> Any:
    return TOOL["collected"]()


def test_the_template_has_every_text_of_the_package(template):
    assert TOOL["TEMPLATE"].read_bytes() == TOOL["as_text"](template), RENEW


def test_texts_of_modules_forms_and_templates_are_collected(template):
    places = {name for each in template for name, _ in each.locations}

    assert {"forms.py", "service_texts.py", "texts.py", "views/login_logout.py"} <= places
    # Lazy ones, formatted ones, and those that other modules take over.
    assert {"Username", "Unknown field: %(name)s", "Password is too common. Please choose another one."} <= {
        each.id for each in template
    }


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda each: each.parents[1].name)
def test_every_text_is_translated(path: Path, template):
    catalog = TOOL["read"](path)
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    assert {each.id for each in catalog} == {each.id for each in template}, RENEW
    assert TOOL["untranslated"](catalog) == [], RENEW
    for each in catalog:
        if each.id:
            assert compiled.gettext(each.id) == each.string, RENEW
            assert sorted(re.findall(r"%\(\w+\)s", each.string)) == sorted(re.findall(r"%\(\w+\)s", each.id))
    assert compiled.gettext("en") == path.parents[1].name


def test_there_is_a_language():
    assert LANGUAGES


def test_a_text_that_comes_back_has_its_translation_again(template):
    catalog = TOOL["read"](LANGUAGES[0])
    kept = catalog["Password"].string

    TOOL["renew"](catalog, TOOL["Catalog"]())
    assert not catalog["Password"]
    TOOL["renew"](catalog, template)

    assert catalog["Password"].string == kept


@pytest.fixture(scope="module")
def console() -> Any:
    return TOOL["collected_of_console"]()


def test_the_catalogue_of_the_console_has_every_text(console):
    assert TOOL["CONSOLE_TEMPLATE"].read_bytes() == TOOL["as_text"](console), "Run `make translations`."


def test_texts_of_the_console_come_from_templates_modules_menus_and_declarations(console):
    texts = {each.id for each in console}

    assert {
        "Skip to the content",
        "Saved.",
        "Organizations",
        "My Api Keys",
        "First Name",
        "Disabled",
    } <= texts
    assert ("%(number)s entry", "%(number)s entries") in texts
    assert "The display name, unique in the tenant." in texts


def test_texts_of_tables_are_collected(console):
    texts = {each.id for each in console}

    assert {"Authenticator app", "Access tokens", "Directory Basics", "Welcome Email"} <= texts


def test_templates_show_texts_of_tables_that_are_collected():
    folder = TOOL["CONSOLE"] / "templates"
    indirect = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.html")
        if re.search(r"(?<![\w.])(?:_|n?gettext)\((?![\"'])", path.read_text())
    }

    assert indirect <= {"custom_data/editor.html", "directories/create.html", "quickstart/guide.html"}, (
        "Name the module that has the texts in TABLES of tools/translations.py, and the template here."
    )
