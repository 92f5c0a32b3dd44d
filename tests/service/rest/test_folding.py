"""Letter case and composition make no difference, in the languages where that is hard, and anywhere alike."""

import sys
import unicodedata

import pytest
import sqlalchemy as sa

from service.calls import Api, path_of
from stormpath.server.app import Service
from stormpath.server.schema.query import MAX_COMPOSED, fold, fold_custom_data

#: What is stored, what finds it and what does not.
ROWS = {
    "greek": (
        "ΟΔΥΣΣΕΑΣ",
        ["οδυσσεας", "ΟΔΥΣ*", "οδυς*", "οδυσ*", "*ΕΑΣ", "*εας", "*ΣΣ*", "*ςς*"],
        ["οδυσσεα"],
    ),
    "greek in lower case": ("Οδυσσέας", ["ΟΔΥΣΣΈΑΣ", "οδυς*", "*έας", "*ε\u0301ας"], ["Οδυσσεας"]),
    "greek with iota": ("ᾳδης", ["ΑΙΔΗΣ", "ᾼΔΗΣ", "α\u0345δης", "αι*"], ["αδης"]),
    "turkish": (
        "İstanbul Isparta",
        ["i\u0307stanbul isparta", "İSTANBUL*", "*isparta"],
        ["ıstanbul*", "*ısparta"],
    ),
    "turkish without dots": ("ılık", ["ıLıK", "ıl*", "*ık"], ["ilik", "ILIK"]),
    "german": (
        "Große Straße",
        ["GROSSE STRASSE", "GROẞE*", "grosse*", "*straße", "*ASS*", "*aß*"],
        ["Grose*"],
    ),
    "german in capitals": ("STRAẞE", ["straße", "strasse", "STRASS*"], ["strase"]),
    "korean": ("한글", ["\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1112\u1161\u11ab*", "*글"], ["하*"]),
    "korean in letters": (
        "\u1112\u1161\u11ab\u1100\u1173\u11af",
        ["한글", "한*", "*\u1100\u1173\u11af"],
        ["하글"],
    ),
    "composed": ("Ångström", ["a\u030angstro\u0308m", "\u212bNGSTRÖM", "å*", "*O\u0308M"], ["Angstrom"]),
    "taken apart": ("A\u030angstro\u0308m", ["ÅNGSTRÖM", "å*", "*öm"], ["angstrom"]),
    "ligatures": ("ﬁancé", ["FIANCÉ", "fi*", "*ce\u0301"], ["fiance"]),
    "armenian": ("և", ["ԵՒ", "եւ"], ["ե"]),
    "cherokee": ("\uab70\u13f8", ["\u13a0\u13f0", "\u13a0*"], ["\u13a1\u13f0"]),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("row", ROWS)
def test_a_text_is_found_in_any_case_and_composition(api: Api, row: str):
    text, finding, missing = ROWS[row]
    accounts = path_of(api.directory(), "accounts")
    body = {
        "email": "ann@example.com",
        "password": "Changeme1!",
        "givenName": text,
        "customData": {"name": text},
    }
    assert api.post(accounts, body).status == 201

    for where in ("givenName", "customData.name"):
        for pattern in (text, *finding):
            assert api.get(accounts, {where: pattern}).ok["size"] == 1, ascii(pattern)
        for pattern in missing:
            assert api.get(accounts, {where: pattern}).ok["size"] == 0, ascii(pattern)
    assert api.get(accounts, q=finding[0].strip("*")).ok["size"] == 1


@pytest.mark.parametrize("row", ROWS)
def test_an_address_is_found_and_taken_in_any_case_and_composition(api: Api, row: str):
    text, finding, _ = ROWS[row]
    directory = api.directory()
    local = text.replace(" ", ".")
    account = api.account(directory, "ann", email=f"{local}@example.com")

    for each in finding:
        if "*" in each:
            continue
        email = f"{each.replace(' ', '.')}@example.com"
        assert [each["href"] for each in api.get(path_of(directory, "accounts"), email=email).items] == [
            account["href"]
        ]
        body = {"email": email, "password": "Changeme1!"}
        assert api.post(path_of(directory, "accounts"), body).error == (409, 2001)


#: Letters that came after Unicode 14: an older database or Python knows no other case of them.
NEWER = {
    *range(0x1C89, 0x1C8B),
    *range(0xA7CB, 0xA7DD),
    *range(0x10D50, 0x10D90),
    *range(0x16EA0, 0x16ED4),
}


def letters(step: int) -> list[str]:
    """Return the characters of Unicode: those that have case or are composed, and some others."""
    every = (chr(each) for each in range(1, sys.maxunicode + 1) if each not in NEWER)
    known = [each for each in every if unicodedata.category(each) not in ("Cn", "Cs", "Co")]
    plain = [each for each in known if is_plain(each)]
    return [each for each in known if not is_plain(each)] + plain[::step]


def is_plain(letter: str) -> bool:
    return (
        letter == letter.lower() == letter.upper() == fold(letter)
        and (not unicodedata.decomposition(letter) or "가" < letter <= "힣")
        and not unicodedata.combining(letter)
    )


@pytest.mark.both_databases
@pytest.mark.sampled
def test_postgresql_folds_every_letter_as_python_does(postgresql_service: Service, examples_of):
    step = 60 // examples_of(60)
    texts = [
        text
        for each in letters(step)
        for text in (
            each,
            f"{each}Σ",
            f"Σ{each}",
            f"\u0345{each}\u0301",
            *([each + "ΣßΪ́" + "b" * MAX_COMPOSED] if not is_plain(each) else []),
        )
    ]
    folded = sa.text(
        "SELECT array_agg(custom_data_folded(text) ORDER BY place)"
        " FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS each (text, place)"
    )

    with postgresql_service.database.engine.connect() as connection:
        found = connection.execute(folded, {"texts": texts}).scalar_one()

    assert len(texts) > 10_000
    different = [
        ascii(text) for text, each in zip(texts, found, strict=True) if each != fold_custom_data(text)
    ]
    assert different == []
