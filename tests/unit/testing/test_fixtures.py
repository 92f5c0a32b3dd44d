"""``stormpath.testing.fixtures``, as the test suite of an application uses it."""

import subprocess
import sys

import pytest

from stormpath import Client
from stormpath.testing import emails
from support.accounts import PASSWORD
from support.command import SECONDS
from support.registering import register, verifying_application

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The folder of a test suite that loads the fixtures, with none of our own settings."""
    for name in ("STORMPATH_PASSWORD_HASHING", "STORMPATH_SECRET_KEY"):
        monkeypatch.delenv(name)
    pytester.makeconftest('pytest_plugins = ["stormpath.testing.fixtures"]')
    return pytester


def test_each_test_has_a_new_database_whose_clients_share_it(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import os
        import pytest
        from stormpath import Client

        @pytest.mark.parametrize("round", range(2))
        def test_shop(stormpath_client, stormpath_database, round):
            app = stormpath_client.applications.create({"name": "Shop"}, create_directory=True)
            ann = {"given_name": "A", "surname": "B", "email": "a@b.c", "password": "Changeme1!"}
            app.accounts.create(ann)
            with Client(database=stormpath_database) as other:
                found = other.applications.search({"name": "Shop"})[0]
                assert found.authenticate_account("a@b.c", "Changeme1!").account.given_name == "A"

        def test_nothing_is_left(stormpath_client):
            assert len(stormpath_client.applications.search({"name": "Shop"})) == 0

        def test_without_the_fixture_passwords_are_protected():
            assert "STORMPATH_PASSWORD_HASHING" not in os.environ
    """)

    suite.runpytest_subprocess("-W", "error", "-p", "no:schemathesis").assert_outcomes(passed=4)

    assert [each.name for each in suite.path.iterdir() if ".db" in each.name or ".key" in each.name] == []


def test_the_help_for_tests_needs_no_pytest() -> None:
    program = "import sys; sys.modules['pytest'] = None; import stormpath.testing"

    subprocess.run([sys.executable, "-c", program], check=True, timeout=SECONDS)


class TestEmails:
    def test_those_that_were_written_can_be_read_in_order(self) -> None:
        with Client(database="sqlite://", mail_from="Shop <shop@example.com>") as client:
            assert emails(client) == []
            app = verifying_application(client)
            register(app, "han", "leia")

            han, leia = emails(client)

            assert (han.to, leia.to) == ("han@example.com", "leia@example.com")
            assert (han.from_name, han.from_address) == ("Shop", "shop@example.com")
            assert client.accounts.verify_email_token(han.token).email == "han@example.com"
            assert han.token in (han.text or "")
            assert han.token not in repr(han)
            assert len(emails(client)) == 2
            app.send_password_reset_email("han@example.com")
            app.reset_account_password(emails(client)[-1].token, PASSWORD + "2")
            assert app.authenticate_account("han@example.com", PASSWORD + "2").account.email == han.to
        with pytest.raises(Exception, match="client is closed"):
            emails(client)

    def test_a_client_of_a_served_api_has_none_here(self) -> None:
        with Client("http://127.0.0.1:9/v1", id="ID", secret="x") as client, pytest.raises(TypeError):
            emails(client)
