"""Facebook as the reference of its Graph API describes it, with "Require App Secret" switched on."""

import hmac
from typing import ClassVar

from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer, Sent, StandIn


class Facebook(StandIn):
    kind = "facebook"
    endpoints: ClassVar = {"facebook_graph_url": "/v24.0"}
    routes: ClassVar = {("GET", "/v24.0/debug_token"): "debug_token", ("GET", "/v24.0/me"): "me"}

    def debug_token(self, sent: Sent) -> Answer:
        if sent.query.get("access_token") != f"{CLIENT_ID}|{CLIENT_SECRET}":
            return _error("Invalid OAuth access token signature.")
        person = self.of_token(sent.query.get("input_token"))
        if person is None:
            problem = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 463}
            return Answer(200, {"data": {"error": problem, "is_valid": False, "scopes": []}})
        data = {"app_id": person.client_id, "type": "USER", "is_valid": True, "user_id": person.id}
        return Answer(200, {"data": data})

    def me(self, sent: Sent) -> Answer:
        token = sent.query.get("access_token", "")
        person = self.of_token(token)
        if person is None:
            return _error("Error validating access token: Session has expired.", 401)
        proof = hmac.new(CLIENT_SECRET.encode(), token.encode(), "sha256").hexdigest()
        if sent.query.get("appsecret_proof") != proof:
            return _error("API calls from the server require an appsecret_proof argument")
        found = {
            "id": person.id,
            "name": f"{person.given_name} {person.surname}",
            "email": person.email,
            "first_name": person.given_name,
            "last_name": person.surname,
            **person.extra,
        }
        wanted = sent.query.get("fields", "id,name").split(",")
        return Answer(200, {name: found[name] for name in wanted if found.get(name) is not None})


def _error(message: str, status: int = 400) -> Answer:
    problem = {"message": message, "type": "OAuthException", "code": 190, "fbtrace_id": "AbCdEf"}
    return Answer(status, {"error": problem})
