"""The cost of tokens: their local validation, against PyJWT alone, and what the service does with them.

``python benchmarks/tokens.py`` prints one line per promise and ends with status 1 if one is broken. Both
sides of a ratio take turns on one core; the ratio is the median over the rounds, and a time the minimum of
its rounds: other work of the machine can only add to it. The client of the part "local" has no service at
all, so that a request would fail. ``--only TEXT`` takes only the measurements whose name contains the text,
``--profile`` shows where the time of a local validation goes.
"""

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jwt
from _measure import Action, Row, compare, least, on_core, seconds
from _service_tokens import grants, remote_validation

from stormpath import Client
from stormpath.api_auth import JwtAuthenticator
from stormpath.embedded import EmbeddedExecutor
from stormpath.error import Error
from stormpath.resources import Application

BASE = "https://id.example.com/v1"
KEY_ID = "2EV70AHRTYF0JOA7OEXAMPLE1"
SECRET = "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX"

Measurement = Callable[[], Iterator[Row]]


def application_without_service() -> Application:
    """Return an application whose every request fails: the client's own key and address are all it has."""

    def refuse(environ: Any, start_response: Any) -> Any:
        raise Error("a local validation made a request")

    client = Client(BASE, id=KEY_ID, secret=SECRET)
    client.data_store.executor = EmbeddedExecutor(refuse, BASE, KEY_ID, SECRET)
    return client.applications.get(f"{BASE}/applications/1gk4DxExAmPle1gk4DxExAmPle")


def access_token(application: Application) -> str:
    """Return an access token as the service makes it."""
    now = int(time.time())
    claims = {
        "jti": "6TVcnquGRyFZq0ssyHwpTN",
        "iat": now,
        "iss": application.href,
        "sub": f"{BASE}/accounts/3apenYvExAmPle3apenYvE",
        "exp": now + 3600,
        "rti": "6TVcnnaBXNwbDBn1m25YrJ",
    }
    return jwt.encode(claims, SECRET, headers={"kid": KEY_ID, "stt": "access", "typ": None})


def local_validation_and_pyjwt() -> tuple[Action, Action]:
    """Return a local validation of a token, and its decoding by PyJWT, with the same checks of its times."""
    application = application_without_service()
    token = access_token(application)
    authenticate = JwtAuthenticator(application).authenticate

    def validate() -> None:
        assert authenticate(token, local_validation=True) is not None

    def decode() -> None:
        assert jwt.decode(token, SECRET, algorithms=["HS256"])

    return validate, decode


def local_validation() -> Iterator[Row]:
    """Validate an access token with the client's own key."""
    validate, decode = local_validation_and_pyjwt()
    seconds([validate, decode], 100)
    yield Row("local validation of an access token", 1e6 * least([validate], 20, 1001), "us", 60)
    comparison = compare([validate], [decode], 20, 501)
    what = "local validation, against jwt.decode of PyJWT"
    yield Row(what, comparison.ratio, "times", 1.4, is_promise=False, remark=str(comparison))


#: The measurements by name.
MEASUREMENTS: Mapping[str, Measurement] = {
    "local": local_validation,
    "grants": grants,
    "remote": remote_validation,
}


def profile() -> None:
    """Show where the time of a local validation goes."""
    validate, _ = local_validation_and_pyjwt()
    with cProfile.Profile() as profiler:
        seconds([validate], 5000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description="The cost of tokens.")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="take the measurements whose name contains it"
    )
    parser.add_argument(
        "--profile", action="store_true", help="show where the time of a local validation goes"
    )
    options = parser.parse_args()
    if options.profile:
        profile()
        return 0
    kept = True
    with on_core(0):
        for name, measure in MEASUREMENTS.items():
            if options.only in name:
                for row in measure():
                    print(row, flush=True)
                    kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
