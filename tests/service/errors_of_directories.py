"""A real call for each error about parts of a directory: providers, agents, policies, templates."""

from __future__ import annotations

from typing import Any

from service.calls import Answer, Api, Json, id_of, link
from service.errors_by_resource import Call, account, built_in, twice
from service.provider_bodies import agent_config, copied, in_mirror, mirror, social


def new_directory(api: Api, provider: Json) -> Answer:
    return api.post("/directories", {"name": "People", "provider": provider})


def changed(api: Api, resource: Json, *links: str, body: Json) -> Answer:
    """Change the resource that a link leads to, or a resource linked from there."""
    for each in links[:-1]:
        resource = api.get(resource[each]["href"]).ok
    return api.post(resource[links[-1]]["href"], body)


def with_policy(api: Api, **policy: Any) -> Answer:
    """Create the account grace@example.com where a policy restricts e-mail domains."""
    directory = api.directory()
    assert changed(api, directory, "accountCreationPolicy", body=policy).status == 200
    return api.post(directory["accounts"]["href"], account())


def with_strength(api: Api, password: str, **rules: int) -> Answer:
    directory = api.directory()
    assert changed(api, directory, "passwordPolicy", "strength", body=rules).status == 200
    return api.post(directory["accounts"]["href"], account(password))


def strength(api: Api, directory: Json, **rules: int) -> Answer:
    return changed(api, directory, "passwordPolicy", "strength", body=rules)


def with_field(api: Api) -> Answer:
    directory = api.directory()
    schema = api.get(directory["accountSchema"]["href"]).ok
    for each in api.get(schema["fields"]["href"]).items:
        assert api.post(each["href"], {"required": True}).status == 200
    return api.post(directory["accounts"]["href"], account(givenName="Grace"))


def template(api: Api, name: str, body: Json) -> Answer:
    policy = api.get(api.directory()["passwordPolicy"]["href"]).ok
    (found,) = api.get(policy[name]["href"]).items
    return api.post(found["href"], body)


def of_mirror(api: Api, kind: str, body: Json) -> Answer:
    """Change a resource of a mirror directory."""
    values = {"name": "Readers"} if kind == "group" else {"email": "ada@example.com", "username": "ada"}
    copy = in_mirror(api, kind, values | {"directory_id": id_of(mirror(api))})
    return api.post(copy["href"], body)


def mapped_to(api: Api, target: str) -> Answer:
    rules = [{"name": "mail", "accountAttributes": [target]}]
    return changed(api, mirror(api), "provider", "userInfoMappingRules", body={"items": rules})


def registered_twice(api: Api) -> Answer:
    policy = api.get(api.application()["samlPolicy"]["href"], expand="identityProvider").ok
    service = {"entityId": "urn:a", "assertionConsumerServiceUrl": "https://a.example"}
    body = {"serviceProvider": link(api.post("/registeredSamlServiceProviders", service).made)}
    return twice(api, policy["identityProvider"]["samlServiceProviderRegistrations"]["href"], body)


def without_host() -> Json:
    config = agent_config()
    del config["directoryHost"]
    return {"providerId": "ldap", "agent": {"config": config}}


PRODUCED: dict[tuple[str, int], Call] = {
    ("directory with a provider", 2000): lambda api: new_directory(api, {"providerId": "google"}),
    ("directory with an agent", 2000): lambda api: new_directory(api, without_host()),
    ("directory with a provider", 2006): lambda api: new_directory(
        api, social("amazon") | dict.fromkeys(("authorizationEndpoint", "tokenEndpoint"), "no URL")
    ),
    ("directory with a provider", 2017): lambda api: new_directory(
        api, {"providerId": "stormpath", "clientId": "x"}
    ),
    ("directory by update", 6201): lambda api: api.post(api.directory()["href"], {"provider": social()}),
    ("directory by update", 6202): lambda api: api.post(mirror(api)["href"], {"provider": social("github")}),
    ("provider", 6201): lambda api: changed(api, api.directory(), "provider", body=social()),
    ("provider", 6202): lambda api: changed(api, mirror(api), "provider", body=social("github")),
    ("provider", 2017): lambda api: changed(
        api, mirror(api), "provider", body={"ssoLoginUrl": "https://a.b"}
    ),
    ("agent", 2017): lambda api: changed(
        api,
        api.directory(provider=copied()),
        "provider",
        "agent",
        body={"config": {"referralMode": "follow"}},
    ),
    ("account of a mirror", 6100): lambda api: api.post(mirror(api)["accounts"]["href"], account()),
    ("group of a mirror", 6100): lambda api: api.post(mirror(api)["groups"]["href"], {"name": "Readers"}),
    ("account of a mirror", 7202): lambda api: of_mirror(api, "account", {"givenName": "Ada"}),
    ("group of a mirror", 7202): lambda api: of_mirror(api, "group", {"name": "Writers"}),
    ("account with providerData", 2017): lambda api: api.post(
        api.directory()["accounts"]["href"], account(providerData={"providerId": "google"})
    ),
    ("userInfoMappingRules", 2002): lambda api: mapped_to(api, "password"),
    ("account by policy", 7205): lambda api: with_policy(api, emailDomainBlacklist=["*.com"]),
    ("account by policy", 7206): lambda api: with_policy(api, emailDomainWhitelist=["*.org"]),
    ("account by strength", 400): lambda api: with_strength(api, "Changeme1!", minSymbol=2),
    ("account by strength", 2007): lambda api: with_strength(api, "Changeme1!", minLength=11),
    ("account by strength", 2008): lambda api: with_strength(api, "Changeme1!", maxLength=8),
    ("account by schema", 2000): with_field,
    ("accountCreationPolicy", 403): lambda api: changed(
        api, built_in(api, "directories"), "accountCreationPolicy", body={"welcomeEmailStatus": "ENABLED"}
    ),
    ("passwordPolicy", 403): lambda api: changed(
        api, built_in(api, "directories"), "passwordPolicy", body={"resetTokenTtl": 1}
    ),
    ("passwordStrength", 403): lambda api: strength(api, built_in(api, "directories"), minLength=1),
    ("passwordStrength", 2009): lambda api: strength(api, api.directory(), maxLength=7),
    ("passwordStrength", 2010): lambda api: strength(api, api.directory(), minLength=101),
    ("passwordStrength", 2013): lambda api: strength(api, api.directory(), preventReuse=26),
    ("emailTemplate", 7301): lambda api: template(api, "resetEmailTemplates", {"textBody": "No link."}),
    ("emailTemplate", 2006): lambda api: template(api, "resetEmailTemplates", {"fromEmailAddress": "us"}),
    ("emailTemplate", 2017): lambda api: template(
        api, "resetSuccessEmailTemplates", {"defaultModel": {"linkBaseUrl": "https://a.example"}}
    ),
    ("oAuthPolicy", 2002): lambda api: changed(
        api, api.application(), "oAuthPolicy", body={"accessTokenTtl": "an hour"}
    ),
    ("oAuthPolicy", 2013): lambda api: changed(
        api, api.application(), "oAuthPolicy", body={"accessTokenTtl": "PT0S"}
    ),
    ("webConfig", 2001): lambda api: label_of_another(api),
    ("webConfig", 2014): lambda api: changed(
        api,
        api.application(),
        "webConfig",
        body={"signingApiKey": link(api.api_key(api.account(api.directory())))},
    ),
    ("registeredSamlServiceProvider", 2001): lambda api: twice(
        api,
        "/registeredSamlServiceProviders",
        {"entityId": "urn:a", "assertionConsumerServiceUrl": "https://a.example"},
    ),
    ("samlServiceProviderRegistration", 2001): registered_twice,
    ("apiKeys of an application", 2101): lambda api: api.get(api.application()["apiKeys"]["href"]),
    ("apiKey", 2000): lambda api: api.post(
        api.account(api.directory())["apiKeys"]["href"], encryptSecret="true"
    ),
    ("apiKey", 2103): lambda api: api.post(
        api.account(api.directory())["apiKeys"]["href"], encryptSecret="true", encryptionKeySalt="?"
    ),
}


def label_of_another(api: Api) -> Answer:
    label = api.get(api.application("One")["webConfig"]["href"]).ok["dnsLabel"]
    return changed(api, api.application("Two"), "webConfig", body={"dnsLabel": label.upper()})
