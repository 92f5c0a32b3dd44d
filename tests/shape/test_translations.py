"""The translations of the Flask extension hold every text, and every text is translated."""

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
