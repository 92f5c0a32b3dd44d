"""The upgrade of a mirrored directory from before agents did anything: its agent gets a key, and fills it."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.agent_calls import AgentCaller, properties_of
from service.calls import Api, id_of
from service.database_access import connected, upgrade
from service.mirrors import person
from service.old_databases import fill, rows_at
from service.provider_bodies import agent_config
from stormpath.server.app import Service, open_service
from stormpath.server.schema import ids

pytestmark = pytest.mark.both_databases

AGENT = ids.new_id()


def make_a_mirror(url: str) -> str:
    """Let a directory be a mirror as it was before; return its id."""
    with connected(url) as connection:
        upgrade(connection, "0022")
        metadata = sa.MetaData()
        metadata.reflect(connection, only=["agents", "directories", "provider"])
        agents, directories, provider = (
            metadata.tables[each] for each in ("agents", "directories", "provider")
        )
        row = connection.execute(sa.select(directories).order_by(directories.c.id.desc())).mappings().first()
        assert row is not None
        config = {name: value for name, value in agent_config().items() if name != "agentUserDnPassword"}
        connection.execute(
            agents.insert().values(
                id=AGENT,
                tenant_id=row["tenant_id"],
                directory_id=row["id"],
                created_at=1,
                modified_at=1,
                status="OFFLINE",
                config=config,
            )
        )
        of_directory = provider.c.directory_id == row["id"]
        values = {"provider_id": "ldap", "provider_type": "ldap", "agent_id": AGENT}
        connection.execute(provider.update().where(of_directory).values(values))
        return str(row["id"])


@pytest.fixture
def directory_id(database_url: str) -> str:
    fill(database_url, "0013")
    return make_a_mirror(database_url)


@pytest.fixture
def upgraded(database_url: str, directory_id: str) -> Iterator[Service]:
    with closing(open_service(database_url)) as service:
        yield service


def test_an_older_agent_gets_a_key_and_fills_its_directory(upgraded: Service, directory_id: str):
    api = Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0013")["api_key"])
    shown = api.get(f"/agents/{AGENT}").ok
    assert (shown["status"], shown["lastSeenAt"], shown["lastSynchronizedAt"]) == ("OFFLINE", None, None)
    directory = api.get(f"/directories/{directory_id}").ok
    before = {id_of(each) for each in api.every(directory["accounts"]["href"])}
    key = properties_of(api.get(shown["download"]["href"]))["agent.key"]
    agent = AgentCaller(api, directory, AGENT, key)
    assert properties_of(api.get(shown["download"]["href"]))["agent.key"] == key

    configuration = agent.poll()["configuration"]
    assert configuration["directory"] == directory_id
    begun = {"process": agent.process, "configuration": agent.version, "kind": "incremental"}
    run = agent.call("/agent/runs", begun).ok
    assert (run["kind"], run["cursor"]) == ("full", None)
    agent.call("/agent/runs/entries", {"run": run["run"], "accounts": [person("new-ada")]}).ok
    end = {"run": run["run"], "isComplete": True, "cursor": {}, "report": {}}
    assert agent.call("/agent/runs/end", end).ok == {"isDone": True, "stopped": None}

    # What was there before belongs to no entry, and stays.
    found = {each["username"]: id_of(each) for each in api.every(directory["accounts"]["href"])}
    assert before | {found["new-ada"]} == set(found.values())
