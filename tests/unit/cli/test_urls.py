"""Passwords in URLs."""

import pytest

from stormpath.cli.urls import has_password, without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://joe:hunter2@localhost/users", "postgresql://joe:***@localhost/users"),
        ("postgresql://joe:hun:t@r2@[::1]:5432/users", "postgresql://joe:***@[::1]:5432/users"),
        ("postgresql://:hunter2@localhost/users", "postgresql://:***@localhost/users"),
        ("postgresql://joe:hunter2@[localhost/users", "postgresql://joe:***@[localhost/users"),
        ("postgresql://joe:hunter2@a:1,b:2/users", "postgresql://joe:***@a:1,b:2/users"),
        ("postgresql:///users?%70assword=hunter2&port=1", "postgresql:///users?%70assword=***&port=1"),
        ("smtps://joe@example.com:hunter2@mail:465", "smtps://joe@example.com:***@mail:465"),
        ("smtp://joe:hun/t@r2?@mail:587?timeout=5", "smtp://joe:***@mail:587?timeout=5"),
    ],
)
def test_a_password_is_found_and_masked(url, shown):
    assert has_password(url)
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///users.db",
        "sqlite:////home/joe:doe@work/users.db",
        "postgresql://localhost:5432/users",
        "postgresql://joe@localhost:5432/users",
        "postgresql://[::1]:5432/users?application_name=joe@work",
    ],
)
def test_a_url_without_a_password_is_unchanged(url):
    assert not has_password(url)
    assert without_password(url) == url
