"""The public names of the modules beside the resources, which version 2 of the SDK had."""

from datetime import timedelta
from importlib import import_module
from inspect import signature
from operator import attrgetter
from typing import Any

import pytest

from stormpath.cache.entry import CacheEntry
from stormpath.cache.memcached_store import (
    json_deserializer,
    json_serializer,
    memcache_error_handling,
)
from support.fresh_imports import that_cannot_be_imported_first

NAMES = {
    "stormpath": "__version__ __version_info__ __short_version__ __author__ __copyright__ Client",
    "stormpath.client": """Client Auth DataStore HttpExecutor Tenant AccountStoreMappingList AccountLinkList
        ApiKeyList GroupMembershipList OrganizationAccountStoreMappingList""",
    "stormpath.auth": """Auth Sauthc1Signer HOST_HEADER AUTHORIZATION_HEADER STORMPATH_DATE_HEADER
        ID_TERMINATOR ALGORITHM AUTHENTICATION_SCHEME SAUTHC1_ID SAUTHC1_SIGNED_HEADERS SAUTHC1_SIGNATURE
        DATE_FORMAT TIMESTAMP_FORMAT NL environ datetime uuid4 HTTPBasicAuth AuthBase""",
    "stormpath.http": "HttpExecutor Session Error RequestException STORMPATH_VERSION time random dumps",
    "stormpath.data_store": "DataStore CacheManager",
    "stormpath.error": "Error",
    "stormpath.nonce": "Nonce",
    "stormpath.api_auth": """GRANT_TYPE_CLIENT_CREDENTIALS GRANT_TYPES DEFAULT_TTL LEEWAY StormpathError
        AuthToken jwt datetime
        Authenticator RequestAuthenticator BasicRequestAuthenticator OAuthBearerRequestAuthenticator
        OAuthClientCredentialsRequestAuthenticator OAuthRequestAuthenticator ApiRequestAuthenticator
        SPBasicAuthRequestValidator SPOauth2RequestValidator DummyRequest ApiAuthenticationResult Token
        AccessToken RefreshToken PasswordGrantAuthenticator ClientCredentialsGrantAuthenticator
        StormpathTokenGrantAuthenticator StormpathSocialGrantAuthenticator RefreshGrantAuthenticator
        IdSiteTokenAuthenticator PasswordAuthenticationResult JwtAuthenticator""",
    "stormpath.id_site": "IDSite IDSiteList Nonce StormpathCallbackResult",
    "stormpath.saml": "SamlIdpUrlBuilder",
    "stormpath.saml.saml_idp_url_builder": "SamlIdpUrlBuilder",
    "stormpath.cache": "",
    "stormpath.cache.cache": "Cache CacheEntry CacheStats MemoryStore",
    "stormpath.cache.entry": "CacheEntry datetime",
    "stormpath.cache.manager": "CacheManager Cache",
    "stormpath.cache.stats": "CacheStats",
    "stormpath.cache.memory_store": "MemoryStore LimitedSizeDict",
    "stormpath.cache.redis_store": "RedisStore CacheEntry",
    "stormpath.cache.memcached_store": """MemcachedStore json_serializer json_deserializer
        memcache_error_handling STR_VALUE JSON_VALUE CacheEntry""",
    "stormpath.cache.null_cache_store": "NullCacheStore",
    "stormpath.resource": "Error",
    "stormpath.resources.login_attempt": "AuthenticationResult LoginAttemptList AccessToken",
}


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_every_public_name_is_there(module: str, names: str) -> None:
    found = import_module(module)

    assert {name for name in names.split() if not hasattr(found, name)} == set()


def test_each_module_can_be_imported_first() -> None:
    assert that_cannot_be_imported_first(NAMES) == ""


def test_the_constants_of_api_authentication_are_those_of_version_2() -> None:
    module = import_module("stormpath.api_auth")

    assert module.GRANT_TYPES == ["client_credentials"]
    assert module.DEFAULT_TTL == 3600
    assert timedelta(seconds=2) == module.LEEWAY


REQUEST = "headers http_method='' uri='' body=None scopes=None ttl=3600"
GRANT = "account_store=None url=None"
SIGNATURES = {
    "ApiAuthenticationResult": "account api_key access_token",
    "ApiRequestAuthenticator": "app",
    "ApiRequestAuthenticator.authenticate": REQUEST,
    "BasicRequestAuthenticator.authenticate": REQUEST,
    "OAuthBearerRequestAuthenticator.authenticate": REQUEST,
    "OAuthClientCredentialsRequestAuthenticator.authenticate": REQUEST,
    "OAuthRequestAuthenticator.authenticate": REQUEST,
    "ClientCredentialsGrantAuthenticator.authenticate": f"client_id client_secret {GRANT}",
    "DummyRequest": "api_key",
    "IdSiteTokenAuthenticator.authenticate": "jwt url=None",
    "JwtAuthenticator": "app",
    "JwtAuthenticator.authenticate": "token local_validation=False expand=None",
    "PasswordAuthenticationResult": """app stormpath_access_token_href access_token expires_in token_type
        refresh_token""",
    "PasswordGrantAuthenticator": "app",
    "PasswordGrantAuthenticator.authenticate": f"username password {GRANT}",
    "RefreshGrantAuthenticator.authenticate": "refresh_token url=None",
    "SPBasicAuthRequestValidator": "app headers",
    "SPOauth2RequestValidator": "app=None allowed_scopes=() ttl=3600",
    "StormpathSocialGrantAuthenticator.authenticate": f"provider_id code=None access_token=None {GRANT}",
    "StormpathTokenGrantAuthenticator.authenticate": f"id_site_jwt organization_name_key=None {GRANT}",
    "AccessToken": "app token",
    "RefreshToken": "app token",
}


def parameters_of(function: Any) -> list[str]:
    named = [each for each in signature(function).parameters.values() if each.name != "self"]
    return [each.name if each.default is each.empty else f"{each.name}={each.default!r}" for each in named]


@pytest.mark.parametrize(("name", "parameters"), SIGNATURES.items())
def test_the_signatures_of_api_authentication_are_those_of_version_2(name: str, parameters: str) -> None:
    found = attrgetter(name)(import_module("stormpath.api_auth"))

    assert parameters_of(found) == parameters.split()


LOGIN_SIGNATURES = {
    "application.Application.authenticate_account": """login password expand=None account_store=None
        organization_name_key=None""",
    # The last one is new.
    "application.Application.build_id_site_redirect_url": """callback_uri path=None state=None logout=False
        show_organization_field=False sp_token=None organization_name_key=None use_subdomain=False
        require_mfa=None""",
    "application.Application.build_saml_idp_redirect_url": """callback_uri saml_provider_endpoint path=None
        state=None account_store=None organization=None logout=False""",
    "application.Application.handle_stormpath_callback": "url_response",
    "application.Nonce": "value",
    "application.StormpathCallbackResult": "account state status",
    "login_attempt.AuthenticationResult.get_jwt": "",
    "login_attempt.AuthenticationResult.get_access_token": "jwt=None",
    "login_attempt.AuthenticationResult.get_access_token_response": "jwt=None",
    "login_attempt.LoginAttemptList.basic_auth": """login password expand=None account_store=None app=None
        organization_name_key=None""",
    "auth_token.AuthToken.delete": "",
}


@pytest.mark.parametrize(("name", "parameters"), LOGIN_SIGNATURES.items())
def test_the_signatures_of_logins_are_those_of_version_2(name: str, parameters: str) -> None:
    module, _, path = name.partition(".")
    found = attrgetter(path)(import_module(f"stormpath.resources.{module}"))

    assert parameters_of(found) == parameters.split()


def test_the_builder_of_saml_addresses_has_the_signature_of_version_2() -> None:
    builder = import_module("stormpath.saml").SamlIdpUrlBuilder

    assert (parameters_of(builder), parameters_of(builder.build)) == (["application"], ["options=None"])


@pytest.mark.parametrize("value", ["text", "", CacheEntry({"a": 1}), {"a": [1]}, None])
def test_the_serializers_for_memcached_read_what_they_wrote(value: Any) -> None:
    data, flags = json_serializer("key", value)

    for received in (data, data.encode()):
        read = json_deserializer("key", received, flags)
        assert type(read) is type(value)
        if isinstance(value, CacheEntry):
            assert read.to_dict() == value.to_dict()
        else:
            assert read == value
    assert flags == (1 if isinstance(value, str) else 2)


def test_a_value_of_another_program_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="flags 0"):
        json_deserializer("key", b"x", 0)


def test_an_error_of_memcached_is_a_miss() -> None:
    @memcache_error_handling
    def read(key: str) -> str:
        return {"a": "found"}[key]

    assert (read("a"), read("b")) == ("found", None)
    assert read.__name__ == "read"
