"""Google as its documentation describes it: OAuth 2.0 for Web Server Applications, OpenID Connect."""

from typing import ClassVar

from support.providers.stand_in import Answer, Sent, StandIn


class Google(StandIn):
    kind = "google"
    endpoints: ClassVar = {
        "google_token_url": "/token",
        "google_tokeninfo_url": "/tokeninfo",
        "google_userinfo_url": "/v1/userinfo",
    }
    routes: ClassVar = {
        ("POST", "/token"): "token",
        ("GET", "/tokeninfo"): "tokeninfo",
        ("GET", "/v1/userinfo"): "userinfo",
    }

    def token(self, sent: Sent) -> Answer:
        person = self.of_code(sent)
        if person is None or "redirect_uri" not in sent.form:
            return Answer(400, {"error": "invalid_grant", "error_description": "Malformed auth code."})
        return Answer(
            200,
            {
                "access_token": person.token,
                "expires_in": 3599,
                "refresh_token": f"refresh-{person.id}",
                "scope": "openid https://www.googleapis.com/auth/userinfo.email",
                "token_type": "Bearer",
                "id_token": "e30.e30.e30",
            },
        )

    def tokeninfo(self, sent: Sent) -> Answer:
        person = self.of_token(sent.query.get("access_token"))
        if person is None:
            return Answer(400, {"error": "invalid_token", "error_description": "Invalid Value"})
        issued = {"azp": person.client_id, "aud": person.client_id, "sub": person.id, "expires_in": "3542"}
        overridden = {name: person.extra[name] for name in ("aud", "azp") if name in person.extra}
        return Answer(200, issued | overridden)

    def userinfo(self, sent: Sent) -> Answer:
        person = self.of_token(sent.bearer)
        if person is None:
            return Answer(401, {"error": "invalid_request", "error_description": "Invalid Credentials"})
        email = {} if person.email is None else {"email": person.email, "email_verified": person.verified}
        return Answer(
            200,
            {
                "sub": person.id,
                "name": f"{person.given_name} {person.surname}",
                "given_name": person.given_name,
                "family_name": person.surname,
                "picture": "https://lh3.googleusercontent.com/a/ada",
                **email,
                **person.extra,
            },
        )
