"""Pages in the language of the person, where the app uses Flask-Babel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, request
from flask_babel import Babel

from flask_extension.sites import ADDRESS, Site, flashed
from flask_stormpath import StormpathManager
from flask_stormpath.service_texts import translated
from flask_stormpath.texts import LazyText, gettext, language
from flask_stormpath.web.negotiation import text_of
from stormpath.error import Error


def speaking(site: Site, **settings: Any) -> Site:
    """Let the app use Flask-Babel, with the language that the browser prefers."""
    site.app.config.update(settings)
    Babel(site.app, locale_selector=lambda: request.headers.get("Accept-Language", "en"))
    return site


def page(site: Site, locale: str, path: str = "/login", **sent: Any) -> str:
    headers = {"Accept-Language": locale}
    return site.browser.open(path, headers=headers, method="POST" if sent else "GET", data=sent or None).text


def test_a_page_is_german_for_a_german_browser_and_english_for_an_english_one(site: Site):
    speaking(site)

    german, english = page(site, "de"), page(site, "en")

    assert ("Passwort" in german, '<html lang="de"' in german.replace('class="stormpath-page" ', "")) == (
        True,
        True,
    )
    assert ("Password" in english, "Passwort" in english) == (True, False)
    assert 'lang="en"' in english
    assert 'lang="de"' in page(site, "de_AT")


def test_what_goes_wrong_is_told_in_german(site: Site):
    speaking(site)
    site.add()

    assert "Bitte geben Sie das Passwort ein." in page(site, "de", login=ADDRESS)
    assert "Benutzername oder Passwort ist falsch." in page(site, "de", login=ADDRESS, password="wrong")
    names = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com"}
    assert "mindestens 8 Zeichen lang" in page(site, "de", "/register", **names, password="short")
    assert "mindestens 1 Großbuchstaben" in page(site, "de", "/register", **names, password="lowercase1")
    page(site, "de", "/secret")
    assert flashed(site) == ["Bitte melden Sie sich an, um diese Seite zu sehen."]


def test_a_language_without_a_translation_is_english_and_says_so(site: Site):
    speaking(site)

    french = page(site, "fr")

    assert ("Password" in french, 'lang="en"' in french) == (True, True)


@pytest.mark.parametrize(("locale", "word"), [("nl", "Wachtwoord"), ("en", "Passphrase")])
def test_an_app_adds_a_language_or_words_by_a_catalogue_of_its_own(
    site: Site, tmp_path: Path, locale: str, word: str
):
    catalog = Catalog(locale=locale)
    catalog.add("Password", word)
    catalog.add("en", locale)
    folder = tmp_path / locale / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "flask_stormpath.mo").open("wb") as file:
        write_mo(file, catalog)
    speaking(site, BABEL_TRANSLATION_DIRECTORIES=f"translations;{tmp_path}")

    shown = page(site, locale)

    assert (word in shown, f'lang="{locale}"' in shown) == (True, True)
    assert "Passwort" in page(site, "de")


def test_an_app_without_flask_babel_is_english(site: Site):
    shown = page(site, "de")

    assert ("Password" in shown, 'lang="en"' in shown) == (True, True)


def test_texts_outside_an_app_are_english():
    assert (gettext("Password"), str(LazyText("Password")), language()) == ("Password", "Password", "en")
    assert gettext("Unknown field: %(name)s", name="x%s") == "Unknown field: x%s"


@pytest.mark.parametrize(
    "told", ["100%(count)s of 3 %s", "%(count)s", "9" * 1_000, "", "Something about %(password)s and 5"]
)
def test_an_unknown_text_of_the_service_stays_as_it_is(told: str):
    assert translated(told) == told


def test_known_texts_are_those_that_the_service_writes(site: Site):
    """Refusals of a registration, as the service of this version words them."""
    site.add(username="joe")
    strength = site.directory.password_policy.strength
    strength.min_symbol = 2
    strength.min_diacritic = 1
    strength.save()
    told = []
    given = {"username": "ann", "given_name": "Ann", "surname": "Lee", "email": "ann@example.com"}
    for wrong in (
        {"email": ADDRESS}, {"username": "joe"}, {"password": "x"}, {"password": "12345678"},
        {"password": "xxxxxxxx"}, {"password": "Xxxxxxxx"}, {"password": "Xxxxxx12"},
        {"password": "Xxxxx1!!"},
    ):  # fmt: skip
        with pytest.raises(Error) as caught:
            site.add(**given | {"password": "Zä7!!kwm-vq"} | wrong)
        told.append(caught.value)
    speaking(site)

    def all_in(locale: str) -> list[str]:
        with site.app.test_request_context(headers={"Accept-Language": locale}):
            return [text_of(each) for each in told]

    for english, german in zip(all_in("en"), all_in("de"), strict=True):
        assert english != german, "Add it to service_texts.py."


def test_a_manager_made_before_babel_and_after_it(site: Site):
    app = Flask("site")
    app.config.update(site.app.config)
    Babel(app, default_locale="de")
    StormpathManager(app)

    assert "Passwort" in app.test_client().get("/login").text
