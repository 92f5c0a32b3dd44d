"""Logins through other providers: the buttons, the way to a provider and back, and logins by JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import abort, current_app, flash, redirect, render_template, request, url_for

from flask_stormpath import completion
from flask_stormpath.forms import LoginForm
from flask_stormpath.logins import login_states
from flask_stormpath.logins.login_states import LoginState
from flask_stormpath.models import User
from flask_stormpath.social import directories as social_directories
from flask_stormpath.social import facebook_cookie
from flask_stormpath.social import providers as social_providers
from flask_stormpath.social.providers import Provider
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import BAD_REQUEST, body_of_json, refusal, text_of, wants_json
from flask_stormpath.web.redirects import next_target
from stormpath.error import Error

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

#: In characters, of a code or a token; the service takes no longer ones.
LONGEST: Final = 8_192
#: The parameters of a request by which a provider sends a person back. ``denied`` is that of X.
CODES: Final = ("code", "oauth_verifier")
STATES: Final = ("state", "oauth_token", "denied")
ERRORS: Final = ("error", "denied")
#: The errors that say that the person did not want to.
CANCELLED: Final = ("access_denied", "user_cancelled_login", "user_cancelled_authorize")


class Button(NamedTuple):
    """A button of the login page: a link to ``url`` that begins a login at a provider."""

    id: str
    name: str
    url: str


class Refused(Exception):
    """A login that is not tried: the text may be shown to people."""


def providers() -> list[Button]:
    """Return the providers with a button on the login page, in the order of `STORMPATH_SOCIAL`; no request.

    Each login leads to what the query of this request names as ``next``.
    """
    return [Button(each.id, each.name, start_url(each, next_target())) for each in social_providers.enabled()]


def start_url(provider: Provider, target: str | None = None) -> str:
    """Return the URL that begins a login at a provider and leads to a target."""
    values: dict[str, Any] = {"start": 1, "next": target}
    if provider.endpoint == "stormpath.callback":
        values["provider_id"] = provider.id
    return url_for(provider.endpoint, **values)


def enter(provider_id: str) -> Any:
    """Answer at the path of a provider: begin a login, with ``start`` in the query, or carry one through.

    404 for a provider that this app does not have; 400 for a request that does not continue a login of this
    browser. What a provider or the service refuses is told on the login page.
    """
    provider = social_providers.get(provider_id)
    if provider is None:
        abort(404)
    wants_json()  # 404 for what accepts neither.
    if "start" in request.args:
        return _begin(provider)
    if _first(STATES) or _first(CODES):
        return _come_back(provider)
    if provider.id == social_providers.FACEBOOK and (proof := _proof_in_cookie(provider)):
        return _log_in_with_cookie(provider, proof)
    return _bad_request()


def _begin(provider: Provider) -> Any:
    from flask_stormpath.social import oauth as social_oauth

    target = next_target()
    try:
        found = social_providers.with_credentials(provider)
        if found is None:
            current_app.logger.error(
                "STORMPATH_SOCIAL names no client_id for %s, and no directory of it is mapped.", provider.id
            )
            return _failed(provider, target)
        begun = social_oauth.begin(found, social_providers.redirect_uri(found), target)
    except Error as refused:
        return _refused(text_of(refused), target)
    except social_oauth.ProviderError:
        return _failed(provider, target)
    login_states.add(begun.login)
    return redirect(begun.url)


def _come_back(provider: Provider) -> Any:
    login = login_states.take(provider.id, _first(STATES))
    code = _first(CODES)
    if login is None or len(code) > LONGEST:
        return _bad_request()
    if error := _first(ERRORS):
        is_cancelled = error in CANCELLED or "denied" in request.args
        return _cancelled(provider, login.target) if is_cancelled else _failed(provider, login.target)
    if not code:
        return _bad_request()
    return _log_in(provider, code, login)


def _log_in(provider: Provider, code: str, login: LoginState) -> Any:
    from flask_stormpath.social import oauth as social_oauth

    try:
        found = social_providers.with_credentials(provider)
        if found is None:
            return _failed(provider, login.target)
        user = user_of(found, **proof_of_code(found, code, login))
        return completion.complete(user, login.target)
    except Error as refused:
        return _refused(text_of(refused), login.target)
    except social_oauth.ProviderError:
        return _failed(provider, login.target)


def proof_of_code(provider: Provider, code: str, login: LoginState) -> dict[str, str]:
    """Return what the service takes as the proof of a login: the code, or the token that it is exchanged for.

    ``ProviderError`` of ``social_oauth`` if the provider refuses the code.
    """
    from flask_stormpath.social import oauth as social_oauth

    if provider.exchanges_here:
        return social_oauth.exchange(provider, code, login)
    return {"code": code, "redirect_uri": login.redirect_uri}


def user_of(provider: Provider, **proof: str) -> User:
    """Return the user whom a provider vouches for, made if needed; one request.

    The first login at a provider of which the application has no directory makes one, with the credentials of
    the settings. `StormpathError` when the service refuses.
    """
    from flask_stormpath.social import oauth as social_oauth

    try:
        return User.from_provider(provider.id, **proof)
    except Error as refused:
        if refused.code != social_directories.NOT_MAPPED:
            raise
        complete = social_oauth.with_endpoints(provider)
        if not social_directories.make(complete, social_providers.redirect_uri(provider)):
            raise
    return User.from_provider(provider.id, **proof)


def _proof_in_cookie(provider: Provider) -> facebook_cookie.Proof | None:
    cookie = request.cookies.get(facebook_cookie.name_of(provider.client_id), "")
    return facebook_cookie.read(cookie, provider.client_secret)


def _log_in_with_cookie(provider: Provider, proof: facebook_cookie.Proof) -> Any:
    from flask_stormpath.social import oauth as social_oauth

    target = next_target()
    try:
        # A code of the SDK for JavaScript was sent to no address.
        proved = (
            {"access_token": proof.access_token}
            if proof.access_token
            else proof_of_code(provider, proof.code, LoginState(provider.id, "", redirect_uri=""))
        )
        answer = current_app.make_response(completion.complete(user_of(provider, **proved), target))
    except Error as refused:
        answer = current_app.make_response(_refused(text_of(refused), target))
    except social_oauth.ProviderError:
        answer = current_app.make_response(_failed(provider, target))
    # Used once: it would log in the next person at this browser.
    answer.delete_cookie(facebook_cookie.name_of(provider.client_id))
    return answer


def with_provider_data(data: Any) -> Any:
    """Return the answer to a login by JSON with a provider's code or token.

    ``data`` holds ``providerId`` and ``accessToken``, or ``code`` and where it was sent (``redirectUri``, by
    default the path of the provider). A program that sends a code checks itself that the login is its own.
    """
    try:
        return completion.complete(user_with_provider_data(data), code=body_of_json().get("code"))
    except Refused as problem:
        return refusal(str(problem))
    except Error as refused:
        return refusal(refused)


def user_with_provider_data(data: Any) -> User:
    """Return the user of ``providerData``, who has proved a first factor.

    `Refused` for what cannot be one, and where the provider refuses it; `Error` where the service does.
    """
    from flask_stormpath.social import oauth as social_oauth

    try:
        provider, proof = proof_of_json(data)
        user = user_of(provider, **proof)
        if provider.hd and not social_oauth.is_of_domain(
            provider, (user.provider_data.user_info or {}).get("hd")
        ):
            raise Refused(_not_worked(provider))
    except social_oauth.ProviderError as problem:
        raise Refused(_("The login did not work. Please try again.")) from problem
    return user


def proof_of_json(data: Any) -> tuple[Provider, dict[str, str]]:
    """Return the provider that ``providerData`` names, and the proof for the service.

    `Refused` for anything else than one of the providers of this app and one code or token that it takes.
    ``ProviderError`` of ``social_oauth`` if the provider refuses a code.
    """
    given = (
        {name: value for name, value in data.items() if isinstance(value, str)}
        if isinstance(data, Mapping)
        else {}
    )
    named = social_providers.get(given.get("providerId", ""))
    provider = named and social_providers.with_credentials(named)
    if provider is None:
        raise Refused(_("providerData needs the providerId of a provider of this site."))
    code, token = given.get("code", ""), given.get("accessToken", "")
    if bool(code) == bool(token) or max(map(len, given.values())) > LONGEST:
        raise Refused(_("providerData needs a code or an accessToken."))
    if code:
        if provider.request_token_endpoint:
            raise Refused(_("%(name)s takes an accessToken.", name=provider.name))
        where = given.get("redirectUri") or social_providers.redirect_uri(provider)
        return provider, proof_of_code(provider, code, LoginState(provider.id, "", where))
    if provider.is_generic:
        # The service cannot ask it to whom the token was issued: that of another site would do.
        raise Refused(_("%(name)s takes a code.", name=provider.name))
    proof = {"access_token": token}
    if secret := given.get("accessTokenSecret"):
        proof["access_token_secret"] = secret
    return provider, proof


def _first(names: tuple[str, ...]) -> str:
    return next(filter(None, map(request.args.get, names)), "")


def _not_worked(provider: Provider) -> str:
    return _("The login with %(name)s did not work. Please try again.", name=provider.name)


def _failed(provider: Provider, target: str | None) -> Any:
    return _refused(_not_worked(provider), target)


def _cancelled(provider: Provider, target: str | None) -> Any:
    return _refused(_("The login with %(name)s was cancelled.", name=provider.name), target)


def _refused(text: str, target: str | None) -> Any:
    if wants_json():
        return refusal(text)
    flash(text)
    return completion.redirect_to_login(next=target)


def _bad_request() -> tuple[Response | str, int]:
    told = _("This login did not begin in this browser, or it took too long. Please try again.")
    if wants_json():
        return refusal(told)
    if not current_app.config["STORMPATH_ENABLE_LOGIN"]:
        abort(BAD_REQUEST, told)
    page = render_template(
        current_app.config["STORMPATH_LOGIN_TEMPLATE"],
        form=LoginForm(formdata=None),
        notice=told,
        action=url_for("stormpath.login"),
        providers=providers(),
    )
    return page, BAD_REQUEST
