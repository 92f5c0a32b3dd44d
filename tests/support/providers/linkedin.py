"""LinkedIn as its documentation describes it: OAuth 2.0, and Sign In with LinkedIn using OpenID Connect."""

from typing import ClassVar

from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer, Sent, StandIn


class LinkedIn(StandIn):
    kind = "linkedin"
    endpoints: ClassVar = {
        "linkedin_token_url": "/oauth/v2/accessToken",
        "linkedin_introspection_url": "/oauth/v2/introspectToken",
        "linkedin_userinfo_url": "/v2/userinfo",
    }
    routes: ClassVar = {
        ("POST", "/oauth/v2/accessToken"): "token",
        ("POST", "/oauth/v2/introspectToken"): "introspect",
        ("GET", "/v2/userinfo"): "userinfo",
    }

    def token(self, sent: Sent) -> Answer:
        person = self.of_code(sent)
        if person is None or "redirect_uri" not in sent.form:
            problem = "Unable to retrieve access token: appid/redirect uri/code verifier does not match"
            return Answer(401, {"error": "invalid_request", "error_description": problem})
        scope = "email,openid,profile"
        return Answer(200, {"access_token": person.token, "expires_in": 5183999, "scope": scope})

    def introspect(self, sent: Sent) -> Answer:
        form = sent.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return Answer(
                401, {"error": "invalid_client", "error_description": "Client authentication failed"}
            )
        person = self.of_token(form.get("token"))
        if person is None:
            return Answer(200, {"active": False})
        issued = {"active": True, "client_id": person.client_id, "status": "active", "auth_type": "3L"}
        return Answer(200, issued | person.extra.get("introspection", {}))

    def userinfo(self, sent: Sent) -> Answer:
        person = self.of_token(sent.bearer)
        if person is None:
            problem = {"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN"}
            return Answer(401, problem | {"message": "Invalid access token"})
        email = {} if person.email is None else {"email": person.email, "email_verified": person.verified}
        return Answer(
            200,
            {
                "sub": person.id,
                "name": f"{person.given_name} {person.surname}",
                "given_name": person.given_name,
                "family_name": person.surname,
                "locale": {"country": "US", "language": "en"},
                **email,
                **person.extra,
            },
        )
