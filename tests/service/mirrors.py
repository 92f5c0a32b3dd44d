"""A mirrored directory and what its agent sends, by the rules that the endpoints call."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.calls import Api, Json, id_of
from service.provider_bodies import mirror, provider_of
from service.tenant_setup import context_of
from stormpath.server.agents import runs
from stormpath.server.agents.runs import EndedRun
from stormpath.server.app import Service
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row

PROCESS = "process-1"
CONFIGURATION = "configuration-1"


def dn_key(dn: str) -> str:
    return "dn:" + hashlib.sha256(dn.lower().encode()).hexdigest()[:32]


def ssha(password: str) -> str:
    """Return a hash of a password as an LDAP server keeps it."""
    salt = b"salt"
    digest = hashlib.sha1(password.encode() + salt, usedforsecurity=False).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


def person(name: str, /, **values: Any) -> Json:
    """Return an account as the agent sends it; its DN and id are made of the name unless they are given."""
    dn = values.pop("dn", f"uid={name},ou=people,dc=example,dc=com")
    return {
        "id": f"id-{name}",
        "dn": dn,
        "dnKey": dn_key(dn),
        "email": f"{name}@example.com",
        "givenName": name.capitalize(),
        "surname": "Doe",
        "username": name,
        "passwordHash": ssha(f"Changeme1! {name}"),
        "isDisabled": False,
    } | values


def team(name: str, /, **values: Any) -> Json:
    """Return a group as the agent sends it."""
    dn = values.pop("dn", f"cn={name},ou=groups,dc=example,dc=com")
    return {"id": f"gid-{name}", "dn": dn, "dnKey": dn_key(dn), "name": name, "description": None} | values


def by_dn(*entries: Json) -> list[str]:
    """Return the keys by which a group names these entries."""
    return [each["dnKey"] for each in entries]


@dataclass
class Mirror:
    """An LDAP directory of a tenant, and the agent that fills it."""

    api: Api
    directory: Json
    context: RequestContext
    agent: Row

    def begin(self, kind: str = "full", **values: Any) -> int:
        given = {"process": PROCESS, "configuration": CONFIGURATION, "kind": kind} | values
        return runs.begin(self.context, self.agent, **given).run

    def take(self, run: int, **body: Any) -> int:
        return runs.take(self.context, self.agent, run, runs.batch_of(body))

    def end(self, run: int, **values: Any) -> EndedRun:
        """End a run, by as many calls as it needs."""
        given: Json = {"is_complete": True, "cursor": {"at": run}, "report": {}, "seconds": 60} | values
        while not (ended := runs.end(self.context, self.agent, run, **given)).is_done:
            pass
        return ended

    def synchronize(
        self,
        accounts: Sequence[Json] = (),
        groups: Mapping[str, Sequence[str]] | None = None,
        *,
        is_complete: bool = True,
        **body: Any,
    ) -> EndedRun:
        """Make a whole run of accounts and groups; a group is its name with the keys of its members."""
        run = self.begin("full" if is_complete else "incremental")
        teams = [team(name) for name in groups or {}]
        members = [
            {"group": each["id"], "keys": list(keys), "isFirst": True, "isLast": True}
            for each, keys in zip(teams, (groups or {}).values(), strict=True)
        ]
        self.take(run, accounts=list(accounts), groups=teams, members=members, **body)
        return self.end(run, is_complete=is_complete)

    def accounts(self, **query: Any) -> dict[str, Json]:
        """Return the directory's accounts, as the API shows them, by username."""
        found = self.api.every(self.directory["accounts"]["href"], **query)
        return {each["username"]: each for each in found}

    def groups(self) -> dict[str, Json]:
        return {each["name"]: each for each in self.api.every(self.directory["groups"]["href"])}

    def members(self) -> dict[str, set[str]]:
        """Return the usernames in each group, by its name."""
        return {
            name: {each["username"] for each in self.api.every(group["accounts"]["href"])}
            for name, group in self.groups().items()
        }

    def state(self) -> Row:
        with self.context.write() as unit:
            found = unit.mirrors.runs.lock(id_of(self.directory), self.agent["id"])
            return {name: getattr(found, name) for name in found.__slots__}

    def change_state(self, **changes: Any) -> None:
        with self.context.write() as unit:
            unit.mirrors.runs.lock(id_of(self.directory), self.agent["id"])
            unit.mirrors.runs.change(self.agent["id"], changes)

    def problems(self) -> dict[str, int]:
        with self.context.read() as unit:
            found = unit.mirrors.entries.problems(id_of(self.directory), 3)
        return {problem: number for problem, (number, _) in found.items()}

    def agent_now(self) -> Json:
        return self.api.get(f"/agents/{self.agent['id']}").ok


def new_mirror(api: Api, kind: str = "ldap") -> Mirror:
    service = api.wsgi
    assert isinstance(service, Service)
    directory = mirror(api, kind)
    agent_id = id_of(provider_of(api, directory)["agent"])
    context = replace(context_of(service, api.tenant_id), events=service.events, now_ms=service._now)
    with context.read() as unit:
        agent = unit.get("agent", agent_id)
    assert agent is not None
    return Mirror(api, directory, context, agent)
