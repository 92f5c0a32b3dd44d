"""Logging in to the console, and giving the password once more."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stormpath.server.authentication import administrator_logins
from stormpath.server.console.sessions import Sessions
from stormpath.server.domain.context import RequestContext
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.password_forms import LONGEST_TYPED
from stormpath.server.schema.query import fold

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest

_LONGEST_NAME: Final = 512

#: Codes of a refused login that say nothing but that it was refused.
_TOLD: Final = frozenset({Code.TOO_MANY_REQUESTS, Code.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Logins:
    """The logins to one console."""

    sessions: Sessions
    #: Returns the id of the tenant with that folded name key, or ``None``.
    tenant_of: Callable[[str], str | None]
    #: The tenant in which an unknown tenant's login fails, so that it takes as long as any.
    own_tenant_id: str

    def log_in(self, request: ConsoleRequest, tenant: str, login: str, password: str) -> str | None:
        """Return the token of a new session for the cookie, or ``None`` for what is wrong, whatever it is.

        It is one of a second factor that is still needed, where the account has one. Raises ``ApiError`` when
        too many logins have failed (429) or the service is busy (503).
        """
        fits = max(len(tenant), len(login)) <= _LONGEST_NAME and len(password) <= LONGEST_TYPED
        found = self.tenant_id(tenant) if fits else None
        context = self.sessions.context_for(found or self.own_tenant_id, "", False, request.end_user_address)
        # Of an unknown tenant, a name that no account has: the same work, in vain.
        name = login if found else ids.new_token()
        account_id = self._account_id(request, context, name if fits else "", password if fits else "")
        if account_id is None or found is None:
            return None
        with context.read() as unit:
            administrator = administrator_logins.find(unit, account_id)
        if administrator is None:
            return None
        needs_factor = self._needs_factor(request, context, account_id)
        token, _ = self.sessions.begin(
            context, administrator.account, request.browser, needs_factor=needs_factor
        )
        return token

    def tenant_id(self, key: str) -> str | None:
        """Return the id of the tenant that a person names, or ``None``."""
        return self.tenant_of(fold(key.strip()))

    def prove(self, request: ConsoleRequest, password: str) -> bool:
        """Tell whether it is the password of the administrator who is logged in; then note the time."""
        opened = request.current
        if not password or len(password) > LONGEST_TYPED:
            return False
        context = self.sessions.context_for(opened.context.tenant_id, "", False, request.end_user_address)
        account_id = self._account_id(request, context, opened.administrator["username"], password)
        if account_id != opened.administrator["id"]:
            return False
        self.sessions.prove(opened)
        return True

    def _account_id(
        self, request: ConsoleRequest, context: RequestContext, login: str, password: str
    ) -> str | None:
        with context.read() as unit:
            application = administrator_logins.own_application(unit)
        if application is None:
            return None
        value = base64.b64encode(f"{login}:{password}".encode(errors="replace")).decode()
        api = request.console.api(context, request.address)
        try:
            path = f"/applications/{application['id']}/loginAttempts"
            answer: dict[str, Any] = api.post(path, {"type": "basic", "value": value})
        except ApiError as error:
            if error.code in _TOLD:
                raise
            return None
        return str(answer["account"]["href"].rpartition("/")[2])

    def _needs_factor(self, request: ConsoleRequest, context: RequestContext, account_id: str) -> bool:
        api = request.console.api(context, request.address)
        query = {"status": "ENABLED", "verificationStatus": "VERIFIED", "limit": 1}
        return bool(api.get(f"/accounts/{account_id}/factors", query)["size"])
