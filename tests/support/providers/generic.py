"""Some provider of OAuth 2.0 (RFC 6749), which shows its users under names of its own."""

from typing import Any, ClassVar

from support.providers.stand_in import Answer, Sent, StandIn


class Generic(StandIn):
    """``person.extra`` is the whole answer of the resource endpoint, if there is any.

    ``answers_with_forms`` as some token endpoints do.
    """

    kind = "amazon"
    routes: ClassVar = {("POST", "/token"): "token", ("GET", "/me"): "me"}
    answers_with_forms = False

    @property
    def body(self) -> dict[str, Any]:
        """The endpoints of the provider of a directory."""
        return {
            "authorizationEndpoint": f"{self.url}/authorize",
            "tokenEndpoint": f"{self.url}/token",
            "resourceEndpoint": f"{self.url}/me",
        }

    def token(self, sent: Sent) -> Answer:
        person = self.of_code(sent)
        if person is None:
            return Answer(400, {"error": "invalid_grant", "error_description": "The code is not valid."})
        if self.answers_with_forms:
            body = f"access_token={person.token}&scope=user&token_type=bearer".encode()
            kind = "application/x-www-form-urlencoded; charset=utf-8"
            return Answer(200, body=body, headers={"Content-Type": kind})
        return Answer(200, {"access_token": person.token, "token_type": "bearer", "refresh_token": "r"})

    def me(self, sent: Sent) -> Answer:
        named = (sent.query.get(name) for name in ("access_token", "oauth_token"))
        person = self.of_token(sent.bearer or next(filter(None, named), None))
        if person is None:
            return Answer(401, {"error": "invalid_token"})
        usual = {
            "id": person.id,
            "email": person.email,
            "email_verified": person.verified,
            "given_name": person.given_name,
            "family_name": person.surname,
            "preferred_username": person.username,
        }
        return Answer(200, person.extra or usual)
