"""Passwords in the arguments of a process."""

import pytest

from stormpath.cli.arguments import without

URL = "postgresql://joe:hunter2@localhost/users"


@pytest.mark.parametrize(
    "arguments",
    [
        ["stormpath", "serve", "--database", URL, "--workers", "2"],
        ["stormpath", "serve", f"--database={URL}", "--workers", "2"],
        ["stormpath", "serve", "--workers", "2", "--smtp", "smtp://joe:hunter2@mail", "--database", URL],
        ["stormpath", "serve", "--database", "given twice", "--database", URL, "--workers", "2"],
        ["stormpath", "serve", "--workers", "2", "--smtp"],
    ],
)
def test_options_that_may_hold_a_password_are_removed_with_their_values(arguments):
    left = list(without(["--database", "--smtp"], arguments))

    assert left == ["stormpath", "serve", "--workers", "2"]


def test_other_arguments_stay_even_with_similar_names():
    arguments = ["stormpath", "serve", "--database-of-mine", URL, "--smtpd=x", "database", URL]

    assert list(without(["--database", "--smtp"], arguments)) == arguments
