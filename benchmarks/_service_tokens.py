"""The cost of tokens in the service, on both databases: grants, and the validation of an access token.

Requests go to the service's WSGI callable, without a socket and an SDK. A promise per core is measured in the
processor time of this process, which is the service; that of PostgreSQL's process is told beside it. Number
and ratio are those of the median round, and both sides of a ratio take turns.
"""

import base64
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

from _measure import Row

from stormpath.server.app import Service, open_service

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import environment, postgresql

Json = dict[str, Any]

GRANTS_A_SECOND = 1000
#: Against a read of an account.
VALIDATION = 1.5

ROUNDS, CALLS = 15, 200
PASSWORD = "Changeme1!"


class World:
    """A service with an application, an account, an API key of it, and live tokens."""

    def __init__(self, database: str) -> None:
        self.service: Service = open_service(database)
        id, secret = self.service.local_api_key()
        self._authorization = "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()
        self.base_url = self.service.base_url
        application = self.post("/applications?createDirectory=true", {"name": "Benchmark"})
        self.application = application["href"]
        body = {"email": "ada@example.com", "username": "ada", "password": PASSWORD}
        body |= {"givenName": "Ada", "surname": "Lovelace"}
        self.account = self.post(f"{self.application}/accounts", body)["href"]
        self.key = self.post(f"{self.account}/apiKeys", {})
        tokens = self.grant("password", username="ada", password=PASSWORD)()
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        self.access_href = tokens["stormpath_access_token_href"]

    def close(self) -> None:
        """Close the database."""
        self.service.close()

    def post(self, href: str, body: Json) -> Json:
        """Return what a POST of JSON is answered with."""
        return dict(self.call("POST", href, json.dumps(body).encode(), "application/json")())

    def get(self, href: str) -> Callable[[], Any]:
        """Return a call that reads; it returns the JSON of the answer, or ``None`` for a redirect."""
        return self.call("GET", href)

    def grant(self, grant_type: str, **fields: str) -> Callable[[], Any]:
        """Return a call of the token endpoint."""
        form = urlencode({"grant_type": grant_type, **fields}).encode()
        return self.call("POST", f"{self.application}/oauth/token", form, "application/x-www-form-urlencoded")

    def by_key(self) -> Callable[[], Any]:
        """Return a call of the client credentials grant."""
        return self.grant("client_credentials", client_id=self.key["id"], client_secret=self.key["secret"])

    def by_token(self) -> Callable[[], Any]:
        """Return a call of the refresh grant."""
        return self.grant("refresh_token", refresh_token=self.refresh_token)

    def rotating(self) -> Callable[[], Any]:
        """Return a call of the refresh grant that uses the token which the one before has returned."""
        path = f"/oAuthPolicies/{self.application.rpartition('/')[2]}"
        self.post(path, {"refreshTokenRotation": "ENABLED"})
        tokens = self.grant("password", username="ada", password=PASSWORD)()

        def refresh() -> None:
            nonlocal tokens
            tokens = self.grant("refresh_token", refresh_token=tokens["refresh_token"])()

        return refresh

    def validation(self) -> Callable[[], Any]:
        """Return a call that validates the access token."""
        return self.get(f"{self.application}/authTokens/{self.access_token}")

    def call(self, method: str, href: str, body: bytes = b"", content_type: str = "") -> Callable[[], Any]:
        """Return a call of the WSGI application; it fails for any status but a success or a redirect."""
        parts = urlsplit(href if "://" in href else self.base_url + href)
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname or "",
            "SERVER_PORT": str(parts.port or 80),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": parts.netloc,
            "HTTP_AUTHORIZATION": self._authorization,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": parts.scheme,
            "wsgi.errors": sys.stderr,
        }
        if body:
            environ |= {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type}

        def request() -> Any:
            told: list[str] = []
            sent = environ | {"wsgi.input": io.BytesIO(body)}
            answer = b"".join(self.service(sent, lambda status, headers, *_: told.append(status)))
            assert told[0][0] in "23", (told, answer)
            return json.loads(answer) if answer else None

        return request

    def backend_seconds(self) -> float:
        """Return the processor time of PostgreSQL's processes for this database; 0 on SQLite."""
        if self.service.database.dialect == "sqlite":
            return 0.0
        statement = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        with self.service.database.engine.connect() as connection:
            pids = [pid for (pid,) in connection.exec_driver_sql(statement)]
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


def grants() -> Iterator[Row]:
    """Yield the cost of the grants that hash no password, as milliseconds of a core for each."""
    with worlds() as opened:
        for which, world in opened.items():
            for name, prepare, is_promise in (
                ("client_credentials grant", world.by_key, True),
                ("refresh grant", world.by_token, True),
                ("refresh grant, rotating", world.rotating, False),
            ):
                call = prepare()
                processor_seconds(call, CALLS)
                before = world.backend_seconds()
                took = median(processor_seconds(call, CALLS) for _ in range(ROUNDS))
                backend = (world.backend_seconds() - before) / (ROUNDS * CALLS)
                remark = f"{1 / took:.0f} a second a core"
                if backend:
                    remark += f"; PostgreSQL's process {1e3 * backend:.2f} ms more"
                goal = 1e3 / GRANTS_A_SECOND
                yield Row(name, 1e3 * took, "ms", goal, which, is_promise=is_promise, remark=remark)


def remote_validation() -> Iterator[Row]:
    """Yield the cost of validating an access token, against a read of an account."""
    with worlds() as opened:
        for which, world in opened.items():
            validate, read, read_token = (
                world.validation(),
                world.get(world.account),
                world.get(world.access_href),
            )

            def both(validate: Callable[[], Any] = validate, read: Callable[[], Any] = read_token) -> None:
                validate()
                read()

            for what, call, is_promise in (
                ("remote validation, against a read of an account", validate, True),
                ("so, and the token read where that leads", both, False),
            ):
                pairs = [
                    (processor_seconds(call, CALLS), processor_seconds(read, CALLS)) for _ in range(ROUNDS)
                ]
                ratio = median(ours / plain for ours, plain in pairs)
                ours, plain = (1e6 * median(each) for each in zip(*pairs, strict=True))
                goal = VALIDATION if is_promise else None
                remark = f"{ours:.0f} / {plain:.0f} us"
                yield Row(what, ratio, "times", goal, which, remark=remark)


@contextmanager
def worlds() -> Iterator[dict[str, World]]:
    """Give a world on each database."""
    with ExitStack() as stack:
        stack.callback(_restore, os.environ.copy())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        environment.isolate(folder)
        del os.environ["STORMPATH_PASSWORD_HASHING"]
        server = stack.enter_context(postgresql.running_server())
        urls = {"SQLite": f"sqlite:///{folder}/users.db", "PostgreSQL": server.create_database()}
        found = {}
        for name, url in urls.items():
            found[name] = World(url)
            stack.callback(found[name].close)
        yield found


def _restore(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def processor_seconds(action: Callable[[], object], times: int) -> float:
    """Return the processor time of a call."""
    started = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - started) / times
