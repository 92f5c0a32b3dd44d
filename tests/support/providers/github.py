"""GitHub as the documentation of its REST API describes it."""

import base64
import json
from typing import Any, ClassVar

from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer, Person, Sent, StandIn


class GitHub(StandIn):
    """``person.extra["emails"]`` replaces the answer of ``/user/emails``."""

    kind = "github"
    endpoints: ClassVar = {"github_api_url": ""}
    routes: ClassVar = {
        ("POST", f"/applications/{CLIENT_ID}/token"): "check_token",
        ("GET", "/user"): "user",
        ("GET", "/user/emails"): "emails",
    }

    def answer(self, sent: Sent) -> Answer | None:
        if not sent.headers.get("user-agent"):
            return Answer(403, body=b"Request forbidden by administrative rules.")
        return super().answer(sent)

    def check_token(self, sent: Sent) -> Answer:
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if sent.headers.get("authorization") != f"Basic {expected}":
            return _refused(401, "Bad credentials")
        person = self.of_token(json.loads(sent.body)["access_token"])
        if person is None or person.client_id != CLIENT_ID:
            return _refused(404, "Not Found")
        app = {"name": "Atlas", "url": "https://atlas.example", "client_id": person.client_id}
        return Answer(200, {"id": 1, "token": person.token, "app": app, "user": {"login": person.username}})

    def user(self, sent: Sent) -> Answer:
        person = self.of_token(sent.bearer)
        if person is None:
            return _refused(401, "Bad credentials")
        found = {
            "login": person.username,
            "id": int(person.id),
            "type": "User",
            "name": f"{person.given_name} {person.surname}",
            "email": None,
        }
        return Answer(200, found | {name: each for name, each in person.extra.items() if name != "emails"})

    def emails(self, sent: Sent) -> Answer:
        person = self.of_token(sent.bearer)
        if person is None:
            return _refused(401, "Bad credentials")
        return Answer(200, person.extra.get("emails", _addresses(person)))


def _addresses(person: Person) -> list[dict[str, Any]]:
    private: dict[str, Any] = {
        "email": "1001+ada@users.noreply.github.com",
        "primary": False,
        "verified": True,
    }
    own: dict[str, Any] = {
        "email": person.email,
        "primary": True,
        "verified": person.verified,
        "visibility": "private",
    }
    return [private] if person.email is None else [private, own]


def _refused(status: int, message: str) -> Answer:
    url = "https://docs.github.com/rest"
    return Answer(status, {"message": message, "documentation_url": url, "status": str(status)})
