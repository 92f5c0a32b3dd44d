"""Passwords in URLs."""

from pathlib import Path

import pytest

from stormpath.cli.urls import has_password, url_in, without_password


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


@pytest.mark.parametrize("content", [b"sqlite:///users.db\n", b"\xef\xbb\xbfsqlite:///users.db\r\n"])
def test_a_file_may_have_a_byte_order_mark_and_any_line_end(tmp_path, content):
    (tmp_path / "url").write_bytes(content)

    assert url_in(tmp_path / "url") == "sqlite:///users.db"


def test_a_file_in_an_unknown_home_folder_is_one_clear_error(homeless):
    with pytest.raises(ValueError, match=r"home folder .* is not known: set HOME"):
        url_in(Path("~/url"))
