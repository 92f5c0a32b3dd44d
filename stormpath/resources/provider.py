"""Providers: the sources of a directory's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from stormpath.resources.attributes import Choice, Flag, ListOf, Text
from stormpath.resources.links import Link
from stormpath.resources.mixins import DeleteMixin, DictMixin, SaveMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.agent import Agent
    from stormpath.resources.attribute_statement_mapping_rule import AttributeStatementMappingRules
    from stormpath.resources.saml_service_provider_metadata import SamlServiceProviderMetadata
    from stormpath.resources.user_info_mapping_rules import UserInfoMappingRules


class Provider(SaveMixin, DeleteMixin, DictMixin, Resource):
    """The source of a directory's accounts; its attributes depend on ``provider_id``."""

    GOOGLE: ClassVar[str] = "google"
    FACEBOOK: ClassVar[str] = "facebook"
    GITHUB: ClassVar[str] = "github"
    LINKEDIN: ClassVar[str] = "linkedin"
    TWITTER: ClassVar[str] = "twitter"
    STORMPATH: ClassVar[str] = "stormpath"
    SAML: ClassVar[str] = "saml"
    SIGNING_ALGORITHM_RSA_SHA_1: ClassVar[str] = "RSA-SHA1"
    SIGNING_ALGORITHM_RSA_SHA_256: ClassVar[str] = "RSA-SHA256"

    provider_id = Text(writable=True)
    provider_type = Text()
    # Social and generic OAuth 2 providers.
    client_id = Text(writable=True)
    client_secret = Text(writable=True, secret=True)
    redirect_uri = Text(writable=True, nullable=True)
    hd = Text(writable=True, nullable=True)  # Google: the hosted domain of the accounts.
    display = Text(writable=True, nullable=True)
    access_type = Text(writable=True, nullable=True)
    scope = ListOf[str](writable=True)
    user_info_mapping_rules: Link[UserInfoMappingRules] = Link("UserInfoMappingRules", writable=True)
    # Generic OAuth 2 providers.
    authorization_endpoint = Text(writable=True)
    token_endpoint = Text(writable=True)
    resource_endpoint = Text(writable=True)
    id_field = Text(writable=True)
    access_token_type = Choice("bearer", "access_token", "oauth_token", writable=True)
    # LDAP and Active Directory.
    agent: Link[Agent] = Link("Agent", writable=True)
    # SAML.
    sso_login_url = Text(writable=True)
    sso_logout_url = Text(writable=True)
    encoded_x509_signing_cert = Text(writable=True)
    force_authn = Flag(writable=True)
    request_signature_algorithm = Choice("RSA-SHA256", "RSA-SHA1", writable=True)
    attribute_statement_mapping_rules: Link[AttributeStatementMappingRules] = Link(
        "AttributeStatementMappingRules", writable=True
    )
    service_provider_metadata: Link[SamlServiceProviderMetadata] = Link("SamlServiceProviderMetadata")

    def save(self) -> None:
        """POST the changes. Does nothing for the provider ``stormpath``, which has no writable attribute.

        A provider that is not loaded is loaded first, unless an attribute was set.
        """
        if not self._has_changes():
            self._ensure_data()
        if self._values.get("provider_id", self._raw.get("providerId")) != self.STORMPATH:
            super().save()
