"""Agents of LDAP and Active Directory (rest-core 5.8; rest-auth 9.2)."""

from typing import Any

import pytest

from service.calls import Api, Json, id_of, link
from service.database_access import stored_row
from service.provider_bodies import agent_config, copied, mirror, provider_of
from stormpath.server.app import Service

MEMBERS = {
    "directoryHost",
    "directoryPort",
    "sslRequired",
    "agentUserDn",
    "baseDn",
    "pollInterval",
    "accountConfig",
    "groupConfig",
}
AD_MEMBERS = {"referralMode", "ignoreReferralIssues"}


def agent_of(api: Api, directory: Json) -> Json:
    return api.get(provider_of(api, directory)["agent"]["href"]).ok


def without(config: Json, path: str) -> Json:
    """Return the config without one member, named by its path."""
    first, _, rest = path.partition(".")
    if not rest:
        return {name: each for name, each in config.items() if name != first}
    return {**config, first: without(config[first], rest)}


@pytest.mark.parametrize("kind", ["ldap", "ad"])
def test_an_agent_is_made_with_its_directory(api: Api, kind: str):
    directory = mirror(api, kind)

    agent = agent_of(api, directory)

    own_id = id_of(agent)
    assert set(agent) == {
        "href", "createdAt", "modifiedAt", "id", "status", "config", "directory", "tenant", "download",
        "statusReason", "lastSeenAt", "lastSynchronizedAt", "synchronizations",
    }  # fmt: skip
    assert (agent["id"], agent["status"]) == (own_id, "OFFLINE")
    assert agent["directory"] == link(directory)
    assert agent["tenant"] == {"href": api.tenant}
    for each in ("download", "synchronizations"):
        assert agent[each] == {"href": f"{api.base_url}/agents/{own_id}/{each}"}
    assert set(agent["config"]) == MEMBERS | (AD_MEMBERS if kind == "ad" else set())
    given = without(agent_config(kind), "agentUserDnPassword")
    for part in ("accountConfig", "groupConfig"):
        assert given[part].items() <= agent["config"][part].items()
    assert ("passwordRdn" in agent["config"]["accountConfig"]) == (kind == "ldap")


def test_the_bind_password_is_encrypted_and_shown_nowhere(api: Api, service: Service):
    directory = mirror(api, "ldap")
    provider = provider_of(api, directory)
    agent = provider["agent"]["href"]

    answers = [
        api.get(agent),
        api.post(agent, {"config": {"agentUserDnPassword": "the bind password"}}),
        api.get(provider["href"], expand="agent"),
        api.get(f"{api.tenant}/agents"),
    ]

    for each in answers:
        assert each.status == 200
        assert b"the bind password" not in each.raw
        assert b"agentUserDnPassword" not in each.raw
    row = stored_row(service, "agents", id_of({"href": agent}))
    assert b"the bind password" not in row["agent_user_dn_password"]
    assert "the bind password" not in repr(row)


@pytest.mark.parametrize(
    "path",
    [
        *sorted(MEMBERS),
        "agentUserDnPassword",
        "accountConfig.objectClass",
        "accountConfig.emailRdn",
        "accountConfig.givenNameRdn",
        "accountConfig.surnameRdn",
        "accountConfig.usernameRdn",
        "accountConfig.passwordRdn",
        "groupConfig.objectClass",
        "groupConfig.nameRdn",
        "groupConfig.descriptionRdn",
    ],
)
def test_an_agent_without_a_required_setting_is_refused(api: Api, path: str):
    provider = {"providerId": "ldap", "agent": {"config": without(agent_config("ldap"), path)}}

    assert api.post("/directories", {"name": "L", "provider": provider}).error == (400, 2000)
    assert api.get(f"{api.tenant}/agents").items == []


@pytest.mark.parametrize("agent", [{}, {"config": None}, {"config": {}}])
def test_an_agent_without_settings_is_refused(api: Api, agent: Json):
    body = {"name": "L", "provider": {"providerId": "ldap", "agent": agent}}

    assert api.post("/directories", body).error == (400, 2000)


def test_an_agent_belongs_to_one_directory(api: Api):
    agent = agent_of(api, mirror(api, "ldap"))
    body = {"name": "L", "provider": {"providerId": "ldap", "agent": link(agent)}}

    assert api.post("/directories", body).error == (400, 2000)


OF_AD: list[Json] = [{"referralMode": "follow"}, {"ignoreReferralIssues": True}]
OF_LDAP: list[Json] = [{"accountConfig": {"passwordRdn": "userPassword"}}]


@pytest.mark.parametrize(
    ("kind", "change"), [*(("ldap", each) for each in OF_AD), *(("ad", each) for each in OF_LDAP)]
)
def test_settings_of_the_other_kind_of_server_are_refused(api: Api, kind: str, change: Json):
    config = agent_config(kind)
    config |= {
        name: {**config[name], **each} if isinstance(each, dict) else each for name, each in change.items()
    }
    created = api.post(
        "/directories", {"name": "New", "provider": {"providerId": kind, "agent": {"config": config}}}
    )
    changed = api.post(agent_of(api, mirror(api, kind))["href"], {"config": change})

    assert created.error == changed.error == (400, 2017)


def test_settings_of_active_directory_can_be_changed(api: Api):
    agent = agent_of(api, mirror(api, "ad"))
    assert (agent["config"]["referralMode"], agent["config"]["ignoreReferralIssues"]) == (None, None)

    changed = api.post(agent["href"], {"config": {"referralMode": "IGNORE", "ignoreReferralIssues": True}}).ok

    assert changed["config"]["referralMode"] == "ignore"
    assert changed["config"]["ignoreReferralIssues"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"directoryPort": "ldap"}, 2004),
        ({"directoryPort": 0}, 2013),
        ({"pollInterval": 0}, 2009),
        ({"sslRequired": 1}, 2004),
        ({"referralMode": "maybe"}, 2003),
        ({"baseDn": None}, 2000),
        ({"agentUserDnPassword": None}, 2000),
        ({"accountConfig": {"emailRdn": ""}}, 2000),
        ({"accountConfig": {"emailRnd": "mail"}}, 2015),
        ({"bogus": 1}, 2015),
        ("none", 2004),
    ],
)
def test_invalid_settings_are_refused(api: Api, change: Any, code: int):
    agent = agent_of(api, mirror(api, "ad"))

    assert api.post(agent["href"], {"config": change}).error == (400, code)
    assert agent_of(api, api.get(agent["directory"]["href"]).ok) == agent


def test_what_is_submitted_is_merged_into_the_settings(api: Api):
    agent = agent_of(api, mirror(api, "ldap"))

    change = {"directoryPort": "389", "accountConfig": {"middleNameRdn": "mn"}}
    changed = api.post(agent["href"], {"config": change}).ok

    config = agent["config"]
    assert changed["config"] == {
        **config,
        "directoryPort": 389,
        "accountConfig": {**config["accountConfig"], "middleNameRdn": "mn"},
    }


def test_a_whole_agent_can_be_sent_back(api: Api):
    agent = agent_of(api, mirror(api, "ldap"))

    assert api.post(agent["href"], {**agent, "status": "ONLINE"}).ok == agent


def test_the_agents_of_a_tenant_are_listed_and_searched_by_status(api: Api):
    agents = [agent_of(api, mirror(api, kind)) for kind in ("ldap", "ad")]

    assert api.get(f"{api.tenant}/agents").items == agents
    assert api.get(f"{api.tenant}/agents", status="offline").ok["size"] == 2
    assert api.get(f"{api.tenant}/agents", status="ONLINE").items == []
    assert api.get(api.tenant, expand="agents").ok["agents"]["items"] == agents


def test_agents_are_not_created_on_their_own(api: Api):
    for path in ("/agents", f"{api.tenant}/agents"):
        assert api.post(path, {"config": agent_config()}).error == (405, 1100)


def test_deleting_an_agent_leaves_its_directory(api: Api):
    directory = api.directory(provider=copied())
    agent = agent_of(api, directory)

    assert api.delete(agent["href"]).status == 204

    assert api.get(agent["href"]).error == (404, 404)
    assert provider_of(api, directory)["agent"] is None
    assert api.get(f"{api.tenant}/agents").items == []
