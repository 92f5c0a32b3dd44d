"""Bodies of mirror directories, one for each kind of provider."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from service.calls import Api, Json
from service.tenant_setup import context_of
from stormpath.server.app import Service
from stormpath.server.resources import RULES
from stormpath.server.security.certificates import new_signing_pair

SOCIAL = ("google", "facebook", "github", "linkedin", "twitter")


def _certificate() -> str:
    import base64

    der = base64.b64decode(new_signing_pair("idp.example.com", datetime(2026, 1, 1, tzinfo=UTC)).certificate)
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


CERTIFICATE = _certificate()


def social(kind: str = "google") -> Json:
    return {"providerId": kind, "clientId": "client", "clientSecret": "the client's secret"}


def generic(name: str = "amazon") -> Json:
    return {
        **social(name),
        "authorizationEndpoint": "https://amazon.example/authorize",
        "tokenEndpoint": "https://amazon.example/token",
        "resourceEndpoint": "https://amazon.example/me",
    }


def saml() -> Json:
    return {
        "providerId": "saml",
        "ssoLoginUrl": "https://idp.example.com/in",
        "ssoLogoutUrl": "https://idp.example.com/out",
        "encodedX509SigningCert": CERTIFICATE,
    }


def agent_config(kind: str = "ldap") -> Json:
    return {
        "directoryHost": "ldap.example.com",
        "directoryPort": 636,
        "sslRequired": True,
        "agentUserDn": "cn=reader",
        "agentUserDnPassword": "the bind password",
        "baseDn": "dc=example,dc=com",
        "pollInterval": 5,
        "accountConfig": {
            "objectClass": "person",
            "emailRdn": "mail",
            "givenNameRdn": "gn",
            "surnameRdn": "sn",
            "usernameRdn": "uid",
        }
        | ({"passwordRdn": "userPassword"} if kind == "ldap" else {}),
        "groupConfig": {"objectClass": "group", "nameRdn": "cn", "descriptionRdn": "description"},
    }


def copied(kind: str = "ldap") -> Json:
    """Return the provider of a directory that an agent fills: ``ldap`` or ``ad``."""
    return {"providerId": kind, "agent": {"config": agent_config(kind)}}


def of_kind(kind: str) -> Json:
    if kind in SOCIAL:
        return social(kind)
    if kind in ("ldap", "ad"):
        return copied(kind)
    return saml() if kind == "saml" else generic(kind)


def mirror(api: Api, kind: str = "google") -> Json:
    """Create a directory of that kind."""
    return api.directory(f"Mirror of {kind}", provider=of_kind(kind))


def provider_of(api: Api, directory: Json) -> Json:
    return api.get(directory["provider"]["href"]).ok


def in_mirror(api: Api, kind: str, values: Json) -> Json:
    """Store a resource in a mirror directory as a synchronization would; return it as the API shows it."""
    assert isinstance(api.wsgi, Service)
    context = context_of(api.wsgi, api.tenant_id)
    with context.write() as unit:
        row = RULES[kind].insert(context, unit, values)
    return api.get(f"/{RULES[kind].resource.plural}/{row['id']}").ok
