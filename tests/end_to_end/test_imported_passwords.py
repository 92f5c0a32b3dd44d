"""Accounts with imported password hashes, through the SDK."""

from __future__ import annotations

import bcrypt
import pytest

from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory

PASSWORD = "Tr0ub4dor"
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()
SALTED = "$stormpath2$SHA-256$3$c2FsdHNhbHQ=$aEY8AJhFaDR1Bpi2ri59aFmU+ul6Qyc/oP+6pCtGmxA="


@pytest.mark.parametrize("hashed", [BCRYPT, SALTED], ids=["bcrypt", "stormpath2"])
def test_an_imported_password_logs_in_twice(app: Application, hashed: str) -> None:
    account = app.accounts.create({"email": "ada@example.com", "password": hashed}, password_format="mcf")

    for _ in "once, and after it was hashed anew", "twice":
        assert app.authenticate_account("ada@example.com", PASSWORD).account == account
    with pytest.raises(Error) as caught:
        app.authenticate_account("ada@example.com", hashed)
    assert caught.value.code == 7100


def test_an_invalid_hash_is_refused_and_not_repeated(directory: Directory) -> None:
    with pytest.raises(Error) as caught:
        directory.accounts.create({"email": "ada@example.com", "password": PASSWORD}, password_format="mcf")

    assert caught.value.status == 400
    assert PASSWORD not in f"{caught.value} {vars(caught.value)}"
    assert len(directory.accounts) == 0


def test_without_the_format_a_hash_is_a_password_like_any_other(app: Application) -> None:
    app.accounts.create({"email": "ada@example.com", "password": BCRYPT})

    with pytest.raises(Error):
        app.authenticate_account("ada@example.com", PASSWORD)
