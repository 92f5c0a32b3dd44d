"""Application: a program that people log in to (rest-core 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.applications import (
    login_attempt,
    oauth_policy,
    password_reset_token,
    provider_login,
    verification_email,
    web_config,
)
from stormpath.server.resources.policies import account_linking_policy
from stormpath.server.resources.rules import refuse_protected
from stormpath.server.resources.saml import identity_provider
from stormpath.server.resources.stores import created_directory, store_mappings
from stormpath.server.resources.stores.account_store_mapping import RULES as MAPPING_RULES
from stormpath.server.resources.stores.created_directory import WithDirectoryRules
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    CustomData,
    Hidden,
    Link,
    Origins,
    Resource,
    Text,
    TextList,
    TokenCheck,
)
from stormpath.server.schema.errors import Code

APPLICATION: Final = Resource(
    "application",
    "applications",
    (
        Text(
            "name",
            required=True,
            min_length=1,
            unique_within=("tenant_id",),
            searchable=True,
            about="The display name, unique in the tenant.",
        ),
        Text("description", max_length=4000, searchable=True),
        Choice(
            "status",
            choices=(ENABLED, DISABLED),
            default=ENABLED,
            searchable=True,
            about="A DISABLED application refuses all logins.",
        ),
        TextList("authorizedCallbackUris", about="Allowed redirect targets of social and SAML logins."),
        Origins("authorizedOriginUris", about="Allowed browser origins of the client-facing API."),
        CustomData(),
        *store_mappings.default_links("accountStoreMapping"),
        TENANT_LINK,
        Collection(
            "accounts",
            of="account",
            accepts_items=True,
            or_else=provider_login.ENDPOINT,
            searches_custom_data=True,
        ),
        Collection("groups", of="group", accepts_items=True),
        Collection("accountStoreMappings", of="accountStoreMapping"),
        Collection(
            "apiKeys",
            of="apiKey",
            needs=("id",),
            expandable=False,
            about="The key with the given id, if an enabled account store contains its account.",
        ),
        Link(
            "oAuthPolicy",
            to=("oAuthPolicy",),
            companion=True,
            nullable=False,
            about="The lifetimes of its tokens.",
        ),
        TokenCheck(
            "authTokens",
            leads_to="accessToken",
            about="GET an access token below it: one that is valid leads to its resource.",
        ),
        Link("webConfig", to=("webConfig",), companion=True, nullable=False, about="Its client-facing API."),
        account_linking_policy.LINK,
        login_attempt.ENDPOINT,
        password_reset_token.ENDPOINT,
        verification_email.ENDPOINT,
        Link(
            "samlPolicy",
            to=("samlPolicy",),
            companion=True,
            nullable=False,
            about="Its roles in SAML logins.",
        ),
        Hidden("protected", column_kind="boolean", nullable=False, default=False),
    ),
    about="A program that people log in to.",
    top_level=("GET", "POST"),
    text_index=True,
    options=(created_directory.OPTION,),
)


class ApplicationRules(WithDirectoryRules):
    """An application may be created with a directory; the service's own application is protected."""

    companions = (
        account_linking_policy.RULES,
        oauth_policy.RULES,
        web_config.RULES,
        identity_provider.RULES,
    )
    mappings = MAPPING_RULES
    name_taken = Code.DIRECTORY_NAME_TAKEN

    def check_updatable(self, unit: Unit, row: Row, body: Mapping[str, Any]) -> None:
        refuse_protected(row, "application", body)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        refuse_protected(row, "application", changes)
        return super().change(context, unit, row, changes)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        refuse_protected(row, "application")
        super().remove(context, unit, row)


RULES: Final = ApplicationRules(APPLICATION)
