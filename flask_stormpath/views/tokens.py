"""The view ``oauth``: it exchanges credentials for tokens (RFC 6749)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app, jsonify, make_response, request

from flask_stormpath import hooks
from flask_stormpath.factors import second_factor
from flask_stormpath.forms import LONGEST
from flask_stormpath.models import User
from flask_stormpath.organizations import name_key
from flask_stormpath.social import login as social_login
from flask_stormpath.texts import gettext as _
from flask_stormpath.tokens import access_tokens
from flask_stormpath.web.negotiation import BAD_REQUEST, UNAUTHORIZED, is_outage, text_of
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.api_auth import PasswordAuthenticationResult

FORM: Final = "application/x-www-form-urlencoded"
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503
NOT_CACHED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Refused(Exception):
    """A request for tokens that is answered with an error of RFC 6749, 5.2."""

    def __init__(self, error: str, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status


class Answered(Exception):
    """A hook of the app has answered the request."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


def oauth() -> Response:
    """Return tokens for the credentials of a form, as JSON.

    The field ``grant_type`` names one of `STORMPATH_OAUTH_GRANTS`. The person of the grants ``password`` and
    ``stormpath_social`` needs a field ``code`` where the account has a second factor: no token is made before
    all factors are proved. Cookies play no part, so that the view needs no CSRF token.

    Five requests with a password (the login, its factors, the tokens, and the account before and after them),
    one with a refresh token or an API key.
    """
    try:
        answer = make_response(_tokens(_granted()))
    except Answered as by_hook:
        answer = make_response(by_hook.answer)
    except Refused as refused:
        answer = _refusal(refused)
    except Error as problem:
        answer = _refusal(_refused_by_service(problem))
    answer.headers.update(NOT_CACHED)
    return answer


def _granted() -> PasswordAuthenticationResult:
    if request.mimetype != FORM:
        raise Refused("invalid_request", _("The body must be a form: %(type)s.", type=FORM))
    name = _field("grant_type")
    grant = GRANTS.get(name) if name in current_app.config["STORMPATH_OAUTH_GRANTS"] else None
    if grant is None:
        raise Refused("unsupported_grant_type", _("This grant_type is not supported."))
    return grant()


def _password() -> PasswordAuthenticationResult:
    given = {"login": _field("username"), "password": _field("password")}
    if (answer := hooks.run("pre_login", given)) is not None:
        raise Answered(answer)
    return _of_person(User.from_login(**given, organization_name_key=name_key()))


def _social() -> PasswordAuthenticationResult:
    optional = ("code", "accessToken", "accessTokenSecret", "redirectUri")
    proof = {name: _field(name, None, social_login.LONGEST) for name in optional}
    if bool(proof["code"]) == bool(proof["accessToken"]):
        raise Refused("invalid_request", _("Send either code or accessToken."))
    try:
        user = social_login.user_with_provider_data({"providerId": _field("providerId"), **proof})
    except social_login.Refused as refused:
        raise Refused("invalid_grant", str(refused)) from refused
    # The code of this grant is the provider's.
    return _of_person(user, code_field="factorCode")


def _of_person(user: User, code_field: str = "code") -> PasswordAuthenticationResult:
    code = _field(code_field, None)
    if second_factor.is_needed(user):
        if not code:
            needed = _("A code of the second factor is needed: send it as %(name)s.", name=code_field)
            raise Refused("invalid_grant", needed)
        if not second_factor.check(user, code):
            raise Refused("invalid_grant", _("The code is wrong."))
    tokens = access_tokens.issue(user)
    if (answer := hooks.run("post_login", user)) is not None:
        access_tokens.revoke(tokens.refresh_token.token or tokens.access_token.token)
        raise Answered(answer)
    return tokens


def _refresh() -> PasswordAuthenticationResult:
    return access_tokens.refreshed(_field("refresh_token"))


def _client() -> PasswordAuthenticationResult:
    """Exchange an API key, which HTTP Basic has (RFC 6749, 2.3.1)."""
    sent = request.authorization
    key = (sent.username, sent.password) if sent is not None and sent.type == "basic" else ()
    if not key or not all(each and len(each) <= LONGEST for each in key):
        raise Refused("invalid_client", _("Send an API key with HTTP Basic."), UNAUTHORIZED)
    form = {"grant_type": "client_credentials", "client_id": str(key[0]), "client_secret": str(key[1])}
    return access_tokens.exchange(form)


#: Another grant is another line here, and a name in the settings.
GRANTS: Final[dict[Any, Callable[[], PasswordAuthenticationResult]]] = {
    "password": _password,
    "refresh_token": _refresh,
    "client_credentials": _client,
    "stormpath_social": _social,
}

_NEEDED: Final = object()


def _field(name: str, otherwise: Any = _NEEDED, longest: int = LONGEST) -> Any:
    """Return a field of the form, which must be there once, unless there is another value for it."""
    texts = request.form.getlist(name)
    if len(texts) > 1:
        raise Refused("invalid_request", _("%(name)s is given twice.", name=name))
    text = texts[0] if texts else ""
    if len(text) > longest:
        raise Refused("invalid_request", _("%(name)s is too long.", name=name))
    if not text and otherwise is _NEEDED:
        raise Refused("invalid_request", _("%(name)s is missing.", name=name))
    return text or otherwise


def _tokens(granted: PasswordAuthenticationResult) -> Response:
    refresh = granted.refresh_token.token
    return jsonify(
        access_token=granted.access_token.token,
        **({"refresh_token": refresh} if refresh else {}),
        token_type=granted.token_type,
        expires_in=granted.expires_in,
    )


def _refused_by_service(problem: Error) -> Refused:
    if is_outage(problem):
        current_app.logger.error("Tokens could not be issued: %s", problem)
        return Refused("temporarily_unavailable", text_of(problem), max(problem.status, UNAVAILABLE))
    if problem.status == TOO_MANY:
        return Refused("temporarily_unavailable", text_of(problem), TOO_MANY)
    # An error of a login, which has no name of its own, is about what the person has sent.
    name = problem.oauth_error or "invalid_grant"
    return Refused(name, text_of(problem), UNAUTHORIZED if name == "invalid_client" else BAD_REQUEST)


def _refusal(refused: Refused) -> Response:
    answer = jsonify(error=refused.error, message=refused.message)
    answer.status_code = refused.status
    if refused.status == UNAUTHORIZED:
        # RFC 6749, 5.2 demands it where the client has used the header.
        answer.headers["WWW-Authenticate"] = f'Basic realm="{current_app.name}"'
    return answer
