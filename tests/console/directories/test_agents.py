"""The agents of mirrored directories: their file and key, their state, and what they could not store."""

import json

import pytest

from console.visitor import PASSWORD, Visitor, forget_the_password
from service.calls import Api, Json, id_of, path_of
from service.provider_bodies import in_mirror, mirror
from stormpath.server.agents.held_run import STOPPED
from stormpath.server.app import Service

FILE = "agent.properties"


@pytest.fixture
def directory(api: Api) -> Json:
    return mirror(api, "ldap")


def agent_of(api: Api, directory: Json) -> Json:
    return api.get(api.get(directory["provider"]["href"]).ok["agent"]["href"]).ok


def properties(raw: bytes) -> dict[str, str]:
    """Return the lines of a properties file."""
    lines = [each for each in raw.decode().splitlines() if each and not each.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in lines)}


def set_state(service: Service, api: Api, agent: Json, **values: object) -> None:
    """Store the state of an agent's last run."""
    table = service.database.tables.agent_states
    row = {"run": 1, "wants_run": False, "allows_deletions": False, **values}
    with service.database.transaction() as connection:
        connection.execute(table.delete().where(table.c.agent_id == id_of(agent)))
        connection.execute(table.insert().values(tenant_id=api.tenant_id, agent_id=id_of(agent), **row))


def set_status(service: Service, agent: Json, status: str, reason: str | None = None) -> None:
    """Let an agent have called just now, with a status."""
    table = service.database.tables.of["agent"]
    values = {"status": status, "status_reason": reason, "last_seen_at": service._clock()}
    with service.database.transaction() as connection:
        connection.execute(table.update().where(table.c.id == id_of(agent)).values(values))


def skip(service: Service, api: Api, directory: Json, dn: str, problem: str, account: Json | None = None):
    """Store an entry with a problem."""
    with service.database.transaction() as connection:
        connection.execute(
            service.database.tables.mirror_entries.insert().values(
                tenant_id=api.tenant_id,
                directory_id=id_of(directory),
                kind="account",
                entry_id=dn,
                account_id=None if account is None else id_of(account),
                dn=dn,
                dn_key="dn:0",
                digest="0",
                is_disabled=False,
                seen_run=1,
                is_dirty=False,
                problem=problem,
            )
        )


# The file and the key


def test_the_file_has_the_key_of_the_agent_and_is_named_in_the_actions(
    admin: Visitor, api: Api, directory: Json
):
    admin.open(path_of(directory, "agent", "download"))

    page = admin.submit(f"Download {FILE}")

    found = properties(page.raw)
    assert page.headers["content-disposition"] == f'attachment; filename="{FILE}"'
    assert page.headers["cache-control"] == "no-store"
    assert found["agent.id"] == id_of(agent_of(api, directory))
    assert found["agent.serviceUrl"] == api.base_url
    assert len(found["agent.key"]) >= 43
    assert found["agent.key"] not in admin.open(path_of(directory, "agent", "download")).text
    assert "downloaded the key" in admin.open("/events/actions").text


def test_the_file_is_given_after_the_password_alone(service: Service, admin: Visitor, directory: Json):
    forget_the_password(service, admin)
    admin.open(path_of(directory, "agent", "download"))

    page = admin.submit(f"Download {FILE}", {"password_again": "Wrong"})
    assert page.status == 400
    assert "The password is wrong." in page.text
    assert b"agent.key=" not in page.raw
    page = admin.submit(f"Download {FILE}", {"password_again": PASSWORD})

    assert properties(page.raw)["agent.key"]


def test_the_page_of_json_does_not_show_the_file(admin: Visitor, api: Api, directory: Json):
    page = admin.open(f"/rest{path_of(agent_of(api, directory))}/download")

    assert page.status == 404
    assert b"agent.key" not in page.raw


def test_another_key_is_made_after_a_tick(admin: Visitor, directory: Json):
    def key() -> str:
        admin.open(path_of(directory, "agent", "download"))
        return properties(admin.submit(f"Download {FILE}").raw)["agent.key"]

    first = key()
    admin.open(path_of(directory, "agent", "key"))
    assert admin.submit("Replace the Key").status == 400
    assert key() == first

    admin.open(path_of(directory, "agent", "key"))
    page = admin.submit("Replace the Key", {"understood": "true"})

    assert "The key is replaced." in page.text
    assert key() != first


def test_another_key_is_made_after_the_password_alone(service: Service, admin: Visitor, directory: Json):
    forget_the_password(service, admin)
    admin.open(path_of(directory, "agent", "key"))

    page = admin.submit("Replace the Key", {"understood": "true", "password_again": "Wrong"})

    assert "The password is wrong." in page.text


def test_the_pages_of_another_tenants_agent_are_not_found(
    admin: Visitor, foreign_admin: Visitor, directory: Json
):
    foreign_admin.open("/directories")
    token = {"csrf": foreign_admin.csrf, "understood": "true"}
    for name in ("download", "key", "deletions", "synchronization"):
        path = path_of(directory, "agent", name)
        assert foreign_admin.post(path, token).status == 404, name
    for name in ("download", "key", "deletions", "problems"):
        assert foreign_admin.open(path_of(directory, "agent", name)).status == 404, name


# The state


def test_the_state_has_the_reason_and_what_entries_lack(
    service: Service, admin: Visitor, api: Api, directory: Json
):
    agent = agent_of(api, directory)
    set_status(service, agent, "ERROR", "The LDAP server at ldap.example.com:636 does not answer.")
    missing = {
        "problem": "attribute_missing",
        "kind": "account",
        "attribute": "mail",
        "entries": 1200,
        "of": 3000,
    }
    report = {"problems": [{**missing, "examples": ["uid=<b>joe</b>"]}, {"problem": "new"}, 7]}
    set_state(service, api, agent, report=json.dumps(report))

    page = admin.open(path_of(directory, "agent"))

    assert "The LDAP server at ldap.example.com:636 does not answer." in page.text
    assert (
        "The attribute mail is missing on 1,200 of 3,000 accounts. For example: uid=<b>joe</b>" in page.text
    )
    assert "Skipped Entries none" in page.text
    assert "does not answer" in admin.open("/").text
    assert "does not answer" in admin.open("/agents").text


@pytest.mark.parametrize("report", ["", "[]", "{", '{"problems": 5}', '{"problems": [{"examples": "x"}]}'])
def test_a_report_that_is_none_is_left_out(
    service: Service, admin: Visitor, api: Api, directory: Json, report: str
):
    set_state(service, api, agent_of(api, directory), report=report)

    assert admin.open(path_of(directory, "agent")).status == 200


def test_a_synchronization_is_asked_for(service: Service, admin: Visitor, api: Api, directory: Json):
    agent = agent_of(api, directory)
    admin.open(path_of(directory, "agent"))
    assert "it synchronizes as soon as it is online" in admin.submit("Synchronize Now").text

    set_status(service, agent, "ONLINE")
    page = admin.submit("Synchronize Now", {"full": "true"})

    assert "The agent synchronizes now." in page.text
    table = service.database.tables.agent_states
    with service.database.transaction() as connection:
        row = connection.execute(table.select().where(table.c.agent_id == id_of(agent))).mappings().one()
    assert (row["wants_run"], row["wants_full"], row["allows_deletions"]) == (True, True, False)


def test_deletions_are_accepted_after_a_tick_and_the_password(
    service: Service, admin: Visitor, api: Api, directory: Json
):
    agent = agent_of(api, directory)
    reason = "The run would delete 812 of 1,000 accounts."
    set_status(service, agent, "ERROR", reason)
    set_state(service, api, agent, run_stage=STOPPED)
    forget_the_password(service, admin)
    admin.open(path_of(directory, "agent"))

    page = admin.follow("Accept the deletions")
    assert reason in page.text
    page = admin.submit("Accept the Deletions", {"password_again": PASSWORD})
    assert "Please tick the box first." in page.text
    page = admin.submit("Accept the Deletions", {"understood": "true", "password_again": "Wrong"})
    assert "The password is wrong." in page.text
    assert not allows_deletions(service, agent)
    page = admin.submit("Accept the Deletions", {"understood": "true", "password_again": PASSWORD})

    assert "The deletions are accepted" in page.text
    assert allows_deletions(service, agent)
    assert "Accept the deletions" not in page.text
    assert admin.open(path_of(directory, "agent", "deletions")).status == 404


def allows_deletions(service: Service, agent: Json) -> bool:
    table = service.database.tables.agent_states
    with service.database.transaction() as connection:
        statement = table.select().where(table.c.agent_id == id_of(agent))
        return bool(connection.execute(statement).mappings().one()["allows_deletions"])


# Entries that could not be stored


def test_skipped_entries_say_what_is_wrong_and_what_to_do(
    service: Service, admin: Visitor, api: Api, directory: Json
):
    values = {"directory_id": id_of(directory), "email": "joe@example.com", "username": "joe"}
    account = in_mirror(api, "account", values)
    skip(service, api, directory, "uid=<script>,ou=People", "no_email")
    skip(service, api, directory, "uid=joe", "email_taken", account)
    skip(service, api, directory, "uid=later", "a problem of a later version")
    admin.open(path_of(directory, "agent"))

    page = admin.follow("3 entries are not stored as they are on the server")

    assert "uid=<script>,ou=People Account It has no e-mail address." in page.text
    assert "It is stored with its former values." in page.text
    assert "a problem of a later version" in page.text
    assert page.html.link("uid=joe").endswith(path_of(account))
    page = admin.submit("Filter", {"problem": "no_email"})
    assert "uid=<script>" in page.text
    assert "uid=joe" not in page.text


def test_skipped_entries_are_paged(service: Service, admin: Visitor, api: Api, directory: Json):
    for number in range(51):
        skip(service, api, directory, f"uid={number:03}", "no_email")

    page = admin.open(path_of(directory, "agent", "problems"))
    assert "uid=049" in page.text
    assert "uid=050" not in page.text
    page = admin.follow("Next")

    assert "uid=050" in page.text
    assert "uid=049" not in page.text
    assert "uid=000" in admin.follow("First").text


@pytest.mark.parametrize("place", [{"entry": "x" * 5000}, {"entry": "\x00"}, {"entry": "'", "kind": "%"}])
def test_a_place_that_no_page_ends_at_is_no_fault(admin: Visitor, directory: Json, place: dict[str, str]):
    assert admin.open(path_of(directory, "agent", "problems"), **place).status in (200, 400)
