"""WebConfig: the client-facing API of an application (rest-core 5.21)."""

from __future__ import annotations

import secrets
from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.rules import NO_VALUES, Rules
from stormpath.server.schema import STATUS, TENANT_LINK, Flag, HostName, Link, Object, Resource, Text
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.random_names import random_name

_SWITCH: Final = (Flag("enabled", default=True),)
_FOLLOWING: Final = (
    Flag(
        "enabled", default=None, nullable=True, about="null: as in the workflow of the default account store."
    ),
)
_EXPANDABLE: Final = (
    "apiKeys",
    "applications",
    "customData",
    "directory",
    "groupMemberships",
    "groups",
    "providerData",
    "tenant",
)

WEB_CONFIG: Final = Resource(
    "webConfig",
    "applicationWebConfigs",
    (
        Text(
            "dnsLabel",
            required=True,
            creatable=False,
            min_length=1,
            max_length=63,
            pattern="[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?",
            pattern_hint="letters, digits and hyphens, no hyphen at either end",
            unique_within=(),
            about="The first label of the host name, unique on the server.",
        ),
        HostName(
            "domainName",
            under="{dns_label}.apps",
            creatable=False,
            updatable=False,
            nullable=False,
            about="The host name: the dnsLabel below the service's domain.",
        ),
        STATUS,
        Object("login", members=_SWITCH),
        Object("register", members=_SWITCH),
        Object("oauth2", members=_SWITCH),
        Object("verifyEmail", members=_FOLLOWING),
        Object("forgotPassword", members=_FOLLOWING),
        Object("changePassword", members=_FOLLOWING),
        Object(
            "me",
            members=(*_SWITCH, Object("expand", members=tuple(Flag(each) for each in _EXPANDABLE))),
            about="The endpoint about the account itself; expand selects the links that come inline.",
        ),
        Link(
            "signingApiKey",
            to=("apiKey",),
            updatable=True,
            null_on_delete=True,
            about="The administrator's API key that signs tokens; null after that key is deleted.",
        ),
        Link("application", to=("application",), nullable=False, fixed=True),
        TENANT_LINK,
    ),
    about="The client-facing API of an application. Created and deleted with the application.",
    verbs=("GET", "POST"),
)


class WebConfigRules(Rules):
    """A new one gets a random DNS label; only an administrator's key signs tokens."""

    def insert_companion(
        self, context: RequestContext, unit: Unit, owner: Resource, row: Row, values: Values = NO_VALUES
    ) -> Row:
        # The caller has an administrator's key, unless the service itself creates the application.
        values = {"signing_api_key_id": context.caller_key_id or None, **values}
        label = random_name()
        while True:
            try:
                with unit.attempt():
                    return super().insert_companion(context, unit, owner, row, {"dns_label": label, **values})
            except ApiError as error:
                if error.code != Code.NOT_UNIQUE:
                    raise
                label = f"{random_name()}-{secrets.token_hex(3)}"

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        if (key_id := changes.get("signing_api_key_id")) is not None and not _is_administrators(unit, key_id):
            raise ApiError(
                Code.LINK_NOT_PERMITTED,
                "signingApiKey cannot be linked to that API key.",
                "signingApiKey must be a key of an account in the administrators' directory.",
            )
        return super().change(context, unit, row, changes)


def _is_administrators(unit: Unit, key_id: str) -> bool:
    key = unit.get("apiKey", key_id)
    account = None if key is None else unit.get("account", key["account_id"])
    directory = None if account is None else unit.get("directory", account["directory_id"])
    return directory is not None and bool(directory["protected"])


RULES: Final = WebConfigRules(WEB_CONFIG)
