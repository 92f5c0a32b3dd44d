"""Provider: the source of a directory's accounts (rest-core 5.7, rest-auth 5.1, 5.5, 6.1)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.mapping_rules import ATTRIBUTE_STATEMENT_RULES, USER_INFO_RULES
from stormpath.server.resources.providers.agent import RULES as AGENT_RULES
from stormpath.server.resources.providers.mirrors import ACTIVE_DIRECTORY, CLOUD, LDAP
from stormpath.server.resources.rules import NO_VALUES, Rules
from stormpath.server.resources.saml.certificate_text import CertificateText
from stormpath.server.resources.saml.service_provider_metadata import RULES as METADATA_RULES
from stormpath.server.schema import (
    Choice,
    Computed,
    Flag,
    Hidden,
    Link,
    Resource,
    Secret,
    Text,
    TextList,
    snake_case,
    variants,
)
from stormpath.server.schema.errors import ApiError, Code

GENERIC: Final = "oauth2"
SAML: Final = "saml"

#: The default scopes of each social provider.
SOCIAL_SCOPES: Final = {
    "google": ("profile", "email"),
    "facebook": ("public_profile", "email"),
    "github": ("user:email",),
    "linkedin": ("r_basicprofile", "r_emailaddress"),
    "twitter": (),
}

_NAMED_KINDS: Final = frozenset({CLOUD, LDAP, ACTIVE_DIRECTORY, SAML, *SOCIAL_SCOPES})
#: The types of providers at which people log in by OAuth.
OAUTH: Final = frozenset({GENERIC, *SOCIAL_SCOPES})
_CODE_EXCHANGE: Final = frozenset({"google", "linkedin", GENERIC})
_GOOGLE: Final = frozenset({"google"})
_GENERIC: Final = frozenset({GENERIC})
_SAML: Final = frozenset({SAML})
_WITH_AGENT: Final = frozenset({LDAP, ACTIVE_DIRECTORY})


def _text(name: str, kinds: frozenset[str], about: str = "", *, max_length: int = 1024) -> Text:
    return Text(name, only_for=kinds, min_length=1, max_length=max_length, sortable=False, about=about)


def _url(name: str, kinds: frozenset[str], about: str) -> Text:
    return Text(
        name,
        required=True,
        only_for=kinds,
        max_length=4000,
        pattern=r"(?i:https?)://[^\s/?#]\S*",
        pattern_hint="a whole URL such as https://id.example.com/sso",
        sortable=False,
        about=about,
    )


PROVIDER: Final = Resource(
    "provider",
    "provider",
    (
        Text("providerId", required=True, min_length=1, sortable=False, about="The kind; it never changes."),
        Computed(
            "providerType", sortable=False, about="The providerId, or oauth2 for a generic OAuth 2 provider."
        ),
        Text("clientId", required=True, only_for=OAUTH, max_length=1024, sortable=False),
        Secret("clientSecret", required=True, only_for=OAUTH, max_length=1024),
        Text(
            "redirectUri",
            only_for=_CODE_EXCHANGE,
            max_length=4000,
            sortable=False,
            aliases=("redirectURL",),
            about="The redirect URL that is registered at the provider, or postmessage.",
        ),
        _text("hd", _GOOGLE, "The Google Workspace domain of the accounts; a login of any other is refused."),
        _text("display", _GOOGLE),
        _text("accessType", _GOOGLE),
        TextList("scope", only_for=OAUTH, splits=True, aliases=("scopes",), about="The requested scopes."),
        Link(
            "userInfoMappingRules",
            to=("userInfoMappingRules",),
            companion=True,
            embeds=True,
            creatable=True,
            updatable=True,
            only_for=OAUTH,
            about="The account attributes to which the user info of a login is copied.",
        ),
        _url("authorizationEndpoint", _GENERIC, "The URL at which people give their consent."),
        _url("tokenEndpoint", _GENERIC, "The URL at which codes are exchanged for tokens."),
        _url("resourceEndpoint", _GENERIC, "The URL of a person's user info."),
        Text(
            "idField",
            only_for=_GENERIC,
            nullable=False,
            default="id",
            pattern=r"[^\s.\[\]]+(\[[0-9]+\])*(\.[^\s.\[\]]+(\[[0-9]+\])*)*",
            pattern_hint="a path such as id, data.id or items[0].user_id",
            sortable=False,
            about="The path of the person's id in the answer of the resource endpoint.",
        ),
        Choice(
            "accessTokenType",
            only_for=_GENERIC,
            choices=("bearer", "access_token", "oauth_token"),
            default="bearer",
            sortable=False,
            about="A bearer header, or the name of the query parameter that holds the token.",
        ),
        Link(
            "agent",
            to=("agent",),
            required=True,
            only_for=_WITH_AGENT,
            embeds=True,
            creatable=True,
            about="The program that copies the server; an object with its settings at creation.",
        ),
        _url("ssoLoginUrl", _SAML, "The URL at which the identity provider logs people in."),
        _url("ssoLogoutUrl", _SAML, "The URL at which the identity provider logs people out."),
        CertificateText(
            "encodedX509SigningCert",
            required=True,
            only_for=_SAML,
            about="The identity provider's signing certificate, in PEM.",
        ),
        Choice(
            "requestSignatureAlgorithm",
            only_for=_SAML,
            choices=("RSA-SHA256", "RSA-SHA1"),
            default="RSA-SHA256",
            sortable=False,
        ),
        Flag("forceAuthn", only_for=_SAML, sortable=False, about="Whether people must log in again."),
        Link(
            "attributeStatementMappingRules",
            to=("attributeStatementMappingRules",),
            companion=True,
            embeds=True,
            creatable=True,
            updatable=True,
            only_for=_SAML,
            about="The account attributes to which those of an assertion are copied.",
        ),
        Link(
            "serviceProviderMetadata",
            to=("samlServiceProviderMetadata",),
            companion=True,
            only_for=_SAML,
            about="The SAML metadata of this directory, for the identity provider.",
        ),
        Hidden("directoryId", column_kind="id", nullable=False, refers_to="directory"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="The source of a directory's accounts.",
    verbs=("GET", "POST"),
    below="directories",
    variant="provider_type",
)


def canonical(provider_id: str) -> str:
    """Return a provider id in its canonical form: the known kinds are in lower case."""
    folded = provider_id.strip().lower()
    return folded if folded in _NAMED_KINDS else provider_id


def type_of(provider_id: str) -> str:
    """Return the provider type of a kind: an unknown name means a generic OAuth 2 provider."""
    return provider_id if provider_id in _NAMED_KINDS else GENERIC


def _column_of(rules: Rules) -> str:
    return snake_case(rules.resource.name)


class ProviderRules(Rules):
    """A provider is created with its directory; its attributes depend on its kind, which never changes."""

    def checked(self, values: Values | None) -> Values:
        """Return the complete values of a new provider; by default those of a cloud directory."""
        if values is None:
            return {"provider_id": CLOUD, "provider_type": CLOUD}
        provider_id = canonical(values["provider_id"])
        provider_type = type_of(provider_id)
        # A link would lead to the agent of another directory; each directory has its own.
        values = {column: value for column, value in values.items() if column != "agent_id"}
        values = variants.check(self.resource.own, provider_type, values, creating=True)
        if "agent" in values:
            values["agent"] = AGENT_RULES.checked(provider_type, values["agent"])
        if provider_type in OAUTH:
            values = {"scope": list(SOCIAL_SCOPES.get(provider_id, ())), **values}
        return {**values, "provider_id": provider_id, "provider_type": provider_type}

    def insert_companion(
        self, context: RequestContext, unit: Unit, owner: Resource, row: Row, values: Values | None = None
    ) -> Row:
        values = dict(values or self.checked(None))
        if (agent := values.pop("agent", None)) is not None:
            agent_row = AGENT_RULES.insert(context, unit, {**agent, "directory_id": row["id"]})
            values["agent_id"] = agent_row["id"]
        inside = {each: values.pop(each, NO_VALUES) for each in _MAPPING_RULES}
        provider = super().insert_companion(context, unit, owner, row, values)
        for each in _companions(values["provider_type"]):
            each.insert_companion(context, unit, owner, row, inside.get(_column_of(each), NO_VALUES))
        return provider

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        changes = dict(changes)
        _refuse_other_kind(row, changes.pop("provider_id", row["provider_id"]))
        changes = variants.check(self.resource.own, row["provider_type"], changes, creating=False)
        for column, rules in _MAPPING_RULES.items():
            rules.change_of_owner(context, unit, row, changes.pop(column, NO_VALUES))
        return super().change(context, unit, row, changes)


#: The mapping rules that a provider's body may contain, by the column of its link to them.
_MAPPING_RULES: Final = {_column_of(each): each for each in (USER_INFO_RULES, ATTRIBUTE_STATEMENT_RULES)}


def _companions(provider_type: str) -> tuple[Rules, ...]:
    if provider_type in OAUTH:
        return (USER_INFO_RULES,)
    return (ATTRIBUTE_STATEMENT_RULES, METADATA_RULES) if provider_type == SAML else ()


def _refuse_other_kind(row: Row, requested: str) -> None:
    current = row["provider_id"]
    if canonical(requested) == current:
        return
    if current == CLOUD:
        raise ApiError(
            Code.CLOUD_INTO_MIRROR,
            "A directory of its own cannot become a copy of another system.",
            "The provider of a cloud directory stays 'stormpath': create a directory with that provider.",
        )
    raise ApiError(
        Code.PROVIDER_FIXED,
        "The kind of a directory's provider cannot be changed.",
        f"providerId stays '{current}': create another directory.",
    )


RULES: Final = ProviderRules(PROVIDER)
