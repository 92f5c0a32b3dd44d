"""Refused logins as events, and as errors that have their line in the log already."""

from __future__ import annotations

from collections.abc import Mapping

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import LoginFailed, LoginLimited
from stormpath.server.schema.errors import ApiError, Code


def report_refusal(context: RequestContext, error: ApiError, facts: Mapping[str, str]) -> None:
    """Report why a login was refused; ``facts`` are the fields of its event that are known.

    A service that is too busy (503) has not looked at the login: that is no event of it, but the error's line
    names the account.
    """
    if error.code == Code.UNAVAILABLE:
        error.facts |= _named_in_the_log(context, facts)
        return
    if error.code == Code.TOO_MANY_REQUESTS:
        context.report(LoginLimited(context.tenant_id, **facts))
    else:
        context.report(LoginFailed(context.tenant_id, reason=int(error.code), **facts))
    error.is_logged = True


def _named_in_the_log(context: RequestContext, facts: Mapping[str, str]) -> dict[str, str]:
    named = {name.removesuffix("_id"): value for name, value in facts.items()}
    if "account" in named:
        named["account"] = context.resources["account"].href(context.base_url, named["account"])
    return named
