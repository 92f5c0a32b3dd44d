"""A mirrored directory: a real OpenLDAP server, the service, and between them the agent, which is killed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import ldap
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.agent.ldap_directory import LdapDirectory
from stormpath.agent.names import key_of
from stormpath.agent.run import Run
from stormpath.agent.service import ServiceClient
from stormpath.agent.status import Status
from stormpath.embedded import EmbeddedExecutor
from stormpath.server.app import open_service
from support.slapd_server import Tree


class Killed(BaseException):
    """A process ended where it was."""


class Place:
    """The service on a database, and a directory that mirrors a part of an LDAP server."""

    def __init__(self, database: str, config: Json) -> None:
        self.database = database
        self.service = open_service(database)
        self._in_run: Callable[[str], None] = lambda statement: None
        self._watch()
        self.api = self._api()
        provider = {"providerId": "ldap", "agent": {"config": config}}
        body = {"name": f"Mirror of {config['baseDn']}", "provider": provider}
        self.directory = self.api.post("/directories", body).made
        shown = self.api.get(self.directory["provider"]["href"]).ok
        self.agent = self.api.get(shown["agent"]["href"]).ok

    def close(self) -> None:
        self.service.close()

    def restart(self) -> None:
        """Let the service end, and another one begin on its database."""
        self.service.close()
        self.service = open_service(self.database)
        self._watch()
        self.api = self._api()

    def synchronize(
        self,
        *,
        lost_request: int | None = None,
        lost_answer: int | None = None,
        last_statement: int | None = None,
    ) -> str | None:
        """Make a run as an agent that has just been started; return why it was stopped, if it was.

        The agent is killed before it sends a request, or before it gets an answer; or the service is killed
        before it sends a statement to its database: each by its number.
        """
        id, key = self.credentials()
        executor = _MortalExecutor(self.service, self.service.base_url, id, key)
        client = ServiceClient(executor, patience=0)
        configuration = client.poll(None, Status("ONLINE", None), 0, 0).configuration
        assert configuration is not None
        # The process of a killed agent holds its run for two minutes; a restarted one does not wait in tests.
        self._release_run()
        executor.lost_request, executor.lost_answer = lost_request, lost_answer
        run = Run(client, configuration.version, LdapDirectory.open(configuration))
        with self._ends_before(last_statement):
            return run.make()

    def credentials(self) -> tuple[str, str]:
        """Return the id and the key of the agent."""
        agent_id = id_of(self.agent)
        key = self.service.agent_key(self.api.tenant_id, agent_id)
        assert key is not None
        return agent_id, key

    def entries(self, kind: str) -> dict[str, Json]:
        """Return the accounts or groups of the directory, as the API shows them, by the ids of entries."""
        plural = f"{kind}s"
        shown = {id_of(each): each for each in self.api.every(self.directory[plural]["href"], limit=100)}
        table = self.service.database.tables.mirror_entries
        with self.service.database.connect() as connection:
            rows = connection.execute(
                sa.select(table).where(table.c.directory_id == id_of(self.directory), table.c.kind == kind)
            ).mappings()
            ids = {row["entry_id"]: row[f"{kind}_id"] for row in rows}
        found = {entry_id: shown.pop(id) for entry_id, id in ids.items() if id is not None}
        assert not shown, "accounts or groups without an entry"
        return found

    def members(self, group: Json) -> set[str]:
        """Return the ids of a group's accounts."""
        return {id_of(each) for each in self.api.every(group["accounts"]["href"], limit=100)}

    def _api(self) -> Api:
        return Api(self.service, self.service.base_url, self.service.tenant_id, *self.service.local_api_key())

    def _release_run(self) -> None:
        states = self.service.database.tables.agent_states
        with self.service.database.transaction() as connection:
            connection.execute(states.update().values(run_seen_at=0))

    def _watch(self) -> None:
        @sa.event.listens_for(self.service.database.engine, "before_cursor_execute")
        def on_statement(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            self._in_run(statement)

        @sa.event.listens_for(self.service.database.engine, "commit")
        def on_commit(connection: Any) -> None:
            self._in_run("COMMIT")

    @contextmanager
    def _ends_before(self, number: int | None) -> Iterator[None]:
        left, own = number, threading.get_ident()

        def count(statement: str) -> None:
            nonlocal left
            # The service's own threads go on: what they do is not the run's.
            if left is None or threading.get_ident() != own:
                return
            if left == 0:
                left = None
                raise Killed
            left -= 1

        self._in_run = count
        try:
            yield
        finally:
            self._in_run = lambda statement: None


class _MortalExecutor(EmbeddedExecutor):
    """Sends requests of an agent that is killed at one of them, if at any."""

    lost_request: int | None = None
    lost_answer: int | None = None

    def post(self, url: str, data: Any, params: Any = None, headers: Any = None) -> Any:
        if self.lost_request == 0:
            raise Killed
        answer = super().post(url, data, params, headers)
        if self.lost_answer == 0:
            raise Killed
        self.lost_request = None if self.lost_request is None else self.lost_request - 1
        self.lost_answer = None if self.lost_answer is None else self.lost_answer - 1
        return answer


class Changes:
    """Changes of the server by chance: of few names and addresses, so that entries want those of others."""

    NAMES = 7

    def __init__(self, tree: Tree, chance: random.Random) -> None:
        self.tree, self.chance = tree, chance
        self.inside = tree.add(f"ou=Üsers,{tree.people}", objectClass="organizationalUnit")
        self.outside = tree.add(f"ou=Elsewhere,{tree.base}", objectClass="organizationalUnit")
        self.number = 0
        # A server without any account would be an error.
        tree.person("always")

    def step(self) -> None:
        """Change something."""
        usual = [self.add, self.change, self.change_mail, self.rename, self.move, self.leave, self.remove]
        of_groups = [self.regroup, self.regroup, self.ungroup, self.rename_group]
        self.chance.choice([*usual, self.add, self.swap_mails, *of_groups, self.move_container])()

    def add(self) -> None:
        name, below = self._name(), self.chance.choice([self.tree.people, self.inside, self.outside])
        self._try(lambda: self.tree.person(name, dn=f"uid={name},{below}", mail=self._mail()))

    def change(self) -> None:
        self.number += 1
        self._modify(sn=f"Ñame, #{self.number}", givenName=self.chance.choice(["Zoë", None]))

    def change_mail(self) -> None:
        self._modify(mail=self._mail())

    def swap_mails(self) -> None:
        found = self._people()
        if len(found) > 1:
            one, other = self.chance.sample(found, 2)
            mails = [each[1].get("mail") for each in (one, other)]
            self.tree.modify(one[0], mail=mails[1])
            self.tree.modify(other[0], mail=mails[0])

    def rename(self) -> None:
        if (dn := self._person()) is not None:
            self._try(lambda: self.tree.rename(dn, f"uid={self._name()}"))

    def move(self) -> None:
        if (dn := self._person()) is not None:
            below = self.chance.choice([self.tree.people, self.inside, self.outside])
            self._try(lambda: self.tree.rename(dn, ldap.dn.explode_dn(dn)[0], below))

    def leave(self) -> None:
        self._modify(employeeType=self.chance.choice(["left", None]))

    def remove(self) -> None:
        if (dn := self._person()) is not None:
            self.tree.delete(dn)

    def regroup(self) -> None:
        name = f"g{self.chance.randrange(4)}"
        dns = [dn for dn, _ in self._people()] + [dn for dn, _ in self._groups()]
        dns += [f"uid=unknown,{self.tree.people}"]
        members = self.chance.sample(dns, self.chance.randrange(len(dns)))
        dn = f"cn={name},{self.tree.groups}"
        try:
            self.tree.group(name, *members)
        except ldap.ALREADY_EXISTS:
            self.tree.modify(dn, member=members or "")

    def ungroup(self) -> None:
        if found := self._groups():
            self.tree.delete(self.chance.choice(found)[0])

    def rename_group(self) -> None:
        if found := self._groups():
            dn = self.chance.choice(found)[0]
            self._try(lambda: self.tree.rename(dn, f"cn=g{self.chance.randrange(4)}"))

    def move_container(self) -> None:
        self.number += 1
        below = self.chance.choice([self.tree.people, self.tree.base])
        self.inside = self.tree.rename(self.inside, f"ou=c{self.number}", below)

    def _modify(self, **attributes: Any) -> None:
        if (dn := self._person()) is not None:
            self.tree.modify(dn, **attributes)

    def _person(self) -> str | None:
        found = self._people()
        return self.chance.choice(found)[0] if found else None

    def _people(self) -> list[tuple[str, Json]]:
        found = self.tree.admin.search_s(
            self.tree.base, ldap.SCOPE_SUBTREE, "(&(objectClass=inetOrgPerson)(!(uid=always)))"
        )
        return sorted(found, key=lambda each: str(each[0]))

    def _groups(self) -> list[tuple[str, Json]]:
        found = self.tree.admin.search_s(self.tree.base, ldap.SCOPE_SUBTREE, "(objectClass=groupOfNames)")
        return sorted(found, key=lambda each: str(each[0]))

    def _name(self) -> str:
        return f"n{self.chance.randrange(self.NAMES)}"

    def _mail(self) -> str | None:
        return self.chance.choice([None, *(f"m{each}@example.test" for each in range(self.NAMES))])

    def _try(self, change: Callable[[], object]) -> None:
        """Do what the server refuses where a name is taken already."""
        with suppress(ldap.ALREADY_EXISTS):
            change()


class _Found:
    """What a plain search of the server finds, without the agent's code but for the keys of names."""

    def __init__(self, tree: Tree) -> None:
        self.accounts = self._searched(
            tree, tree.people, "(&(objectClass=inetOrgPerson)(!(employeeType=left)))"
        )
        self.groups = self._searched(tree, tree.groups, "(objectClass=groupOfNames)")

    @staticmethod
    def _searched(tree: Tree, base: str, text: str) -> dict[str, Json]:
        attributes = ["*", "entryUUID"]
        found = tree.admin.search_s(base, ldap.SCOPE_SUBTREE, text, attributes)
        return {
            values["entryUUID"][0].decode(): {
                "dn": dn,
                **{name: [each.decode() for each in several] for name, several in values.items()},
            }
            for dn, values in found
        }

    def accounts_in(self, group: Json) -> set[str]:
        """Return the ids of the entries that are members of a group, or of one inside it."""
        accounts = {key_of(each["dn"]): id for id, each in self.accounts.items()}
        groups = {key_of(each["dn"]): each for each in self.groups.values()}
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [group]
        while waiting:
            for dn in waiting.pop()["member"]:
                key = key_of(dn) if dn else ""
                if key in accounts:
                    found.add(accounts[key])
                elif key in groups and key not in seen:
                    seen.add(key)
                    waiting.append(groups[key])
        return found


def first(entry: Json, name: str) -> str | None:
    """Return the first value of an attribute."""
    values: list[str | None] = entry.get(name, [None])
    return values[0]


def assert_equal(place: Place, tree: Tree, hint: str) -> None:
    """Compare a directory with the server that it mirrors."""
    server = _Found(tree)
    accounts, groups = place.entries("account"), place.entries("group")
    emails = {each["email"]: id for id, each in accounts.items()}
    usernames = {each["username"]: id for id, each in accounts.items()}
    assert accounts.keys() <= server.accounts.keys(), hint
    for id, entry in server.accounts.items():
        email, username = first(entry, "mail"), first(entry, "uid")
        account = accounts.get(id)
        if email is None:
            assert account is None, hint
            continue
        is_taken = emails.get(email, id) != id or usernames.get(username, id) != id
        if account is None:
            assert is_taken, f"{hint}: {entry} is missing"
            continue
        # Only what another account has now may be missing.
        assert account["email"] == email or emails.get(email, id) != id, f"{hint}: {entry}"
        assert account["username"] == username or usernames.get(username, id) != id, f"{hint}: {entry}"
        shown = {name: account[name] for name in ("surname", "givenName", "middleName", "status")}
        assert shown == {
            "surname": first(entry, "sn"),
            "givenName": first(entry, "givenName"),
            "middleName": None,
            "status": "ENABLED",
        }, hint
    assert groups.keys() == server.groups.keys(), hint
    for id, entry in server.groups.items():
        assert groups[id]["name"] == first(entry, "cn"), hint
        wanted = {id_of(accounts[each]) for each in server.accounts_in(entry) if each in accounts}
        assert place.members(groups[id]) == wanted, f"{hint}: {entry}"
