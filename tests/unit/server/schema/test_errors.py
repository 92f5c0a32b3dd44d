"""Error codes: their numbers, statuses and meanings."""

import pytest

from stormpath.server.schema.errors import Code


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_meaning_and_the_status_of_an_error(code: Code) -> None:
    assert code.meaning.endswith(".")
    assert 400 <= code.status < 600


@pytest.mark.parametrize("code", [each for each in Code if each < 1000])
def test_a_generic_code_equals_its_status(code: Code) -> None:
    assert code.status == code


def test_a_code_is_its_number() -> None:
    numbers: list[int] = [Code.NOT_UNIQUE]

    assert numbers == [2001]
    assert f"{Code.NOT_UNIQUE}" == "2001"
