"""The cost of importing the SDK: ``Client`` needs requests, and little else may be added."""

import subprocess
import sys

# Parts of the package that no client needs. Of other packages it needs requests alone.
NOT_FOR_CLIENT = {
    "stormpath.api_auth",
    "stormpath.cli",
    "stormpath.id_site",
    "stormpath.saml",
    "stormpath.server",
    "stormpath.testing",
}

# They are used for the nonce of a signature.
BESIDES_REQUESTS = {"uuid", "_uuid", "platform"}

# Only the CPU time of the statement is measured: starting the interpreter costs both sides the same, and
# other programs on the machine do not count.
TIMED = """
import time
before = time.process_time_ns()
{statement}
print(time.process_time_ns() - before)
"""
ROUNDS = 12


def run(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def costs(*statements: str) -> list[int]:
    """Return the minimal nanoseconds of each statement, measured in turns in fresh interpreters."""
    tries = [[int(run(TIMED.format(statement=each))) for each in statements] for _ in range(ROUNDS)]
    return [min(each) for each in zip(*tries, strict=True)]


def test_importing_the_package_costs_at_most_a_fifth_more_than_requests():
    ours, requests = costs("import stormpath", "import requests")

    assert ours <= 1.2 * requests


def test_the_client_imports_nothing_that_it_does_not_need():
    assert loaded_by("from stormpath import Client") & NOT_FOR_CLIENT == set()


def test_the_login_imports_no_authentication_of_other_apis():
    loaded = loaded_by(
        "import stormpath.client, stormpath.resources.login_attempt, stormpath.resources.application"
    )

    assert {"jwt", "stormpath.api_auth"} & loaded == set()


def test_the_client_imports_hardly_anything_but_itself_and_requests():
    added = loaded_by("from stormpath import Client") - loaded_by("import requests")

    assert {each for each in added if each.partition(".")[0] != "stormpath"} <= BESIDES_REQUESTS


def test_the_version_costs_no_import_of_requests():
    assert "requests" not in loaded_by("import stormpath; stormpath.__version__")


#: What a Flask app needs only when it uses it: a database of its own, other providers, phones, tokens.
#: (Flask-WTF imports Flask-Babel where that is installed.)
NOT_FOR_FLASK = {
    "authlib",
    "cryptography",
    "falcon",
    "flask_session",
    "jwt",
    "phonenumbers",
    "pyotp",
    "redis",
    "segno",
    "sqlalchemy",
    "stormpath.api_auth",
    "stormpath.cli",
    "stormpath.embedded",
    "stormpath.id_site",
    "stormpath.server",
    "stormpath.testing",
}

#: An app that is bound to the extension and answers the pages of a stranger, with a served API.
BOUND = """
from flask import Flask
from flask_stormpath import StormpathManager
app = Flask("shop")
app.config.update(SECRET_KEY="k", STORMPATH_APPLICATION="Shop", STORMPATH_BASE_URL="http://127.0.0.1:9/v1")
app.config.update(STORMPATH_API_KEY_ID="id", STORMPATH_API_KEY_SECRET="secret")
StormpathManager(app)
assert app.test_client().get("/login").status_code == 200
"""


def test_the_flask_extension_imports_nothing_that_an_app_may_not_need():
    loaded = loaded_by("import flask_stormpath")

    assert loaded & NOT_FOR_FLASK == set()


def test_the_pages_of_strangers_import_nothing_that_an_app_may_not_need():
    assert loaded_by(f"exec({BOUND!r})") & NOT_FOR_FLASK == set()


def test_the_flask_extension_can_be_imported_outside_of_an_app_and_shows_no_user():
    assert run("from flask_stormpath import user; print(bool(user))") == "False\n"


def loaded_by(statement: str) -> set[str]:
    return set(run(f"import sys; {statement}; print(*sys.modules)").split())
