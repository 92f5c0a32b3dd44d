"""A stand-in for the agent of a mirrored directory: a thread that takes logins as the agent's requests do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from service.calls import Answer, Api, Json, id_of
from service.provider_bodies import in_mirror, mirror, provider_of
from stormpath.server.app import Service, now_ms
from stormpath.server.authentication import delegated
from stormpath.server.authentication.delegated import TakenLogin
from stormpath.server.domain.agent_logins import ACCEPTED, REFUSED, agent_channel
from stormpath.server.domain.context import RequestContext

PASSWORD = "Right1right"


class Place:
    """An application whose one directory an agent fills."""

    def __init__(self, api: Api, kind: str = "ad") -> None:
        self.api = api
        self.application = api.application(f"Users of {kind}")
        self.directory = mirror(api, kind)
        api.mapping(self.application, self.directory)
        self.agent_id = id_of(provider_of(api, self.directory)["agent"])
        assert isinstance(api.wsgi, Service)
        self.service = api.wsgi
        self.is_called()

    @property
    def context(self) -> RequestContext:
        return context_in(self.service, self.api.tenant_id)

    def account(self, name: str = "ada", **values: Any) -> Json:
        """Store an account as a synchronization would, with the entry of the server."""
        given = {"email": f"{name}@example.com", "username": name, "given_name": name, "surname": "Doe"}
        given |= {"directory_id": id_of(self.directory), "status": "ENABLED"}
        account = in_mirror(self.api, "account", {**given, **values})
        entries = self.service.database.tables.mirror_entries
        row: Json = {
            "tenant_id": self.api.tenant_id,
            "directory_id": id_of(self.directory),
            "kind": "account",
        }
        row |= {"entry_id": f"entry of {name}", "account_id": id_of(account), "dn": f"cn={name},dc=example"}
        row |= {"dn_key": f"dn:{name}", "digest": "", "is_disabled": False, "seen_run": 1, "is_dirty": False}
        with self.service.database.transaction() as connection:
            connection.execute(entries.insert(), row)
        return account

    def is_called(self, *, ago: int = 0, **changes: Any) -> None:
        """Store that the agent called so many milliseconds ago."""
        agents = self.service.database.tables.of["agent"]
        values = {"status": "ONLINE", "last_seen_at": now_ms() - ago, **changes}
        with self.service.database.transaction() as connection:
            connection.execute(agents.update().where(agents.c.id == self.agent_id).values(values))

    def log_in(self, name: str = "ada", password: str = PASSWORD) -> Answer:
        return self.api.log_in(self.application, name, password)

    def rows(self) -> list[Any]:
        """Return the logins that lie in the database."""
        table = self.service.database.tables.agent_logins
        with self.service.database.engine.connect() as connection:
            return list(connection.execute(table.select().where(table.c.agent_id == self.agent_id)))


def context_in(service: Service, tenant_id: str) -> RequestContext:
    """Return the context that the requests of a tenant's agent have."""
    return service._context(tenant_id, service._box)


def tries_passwords(passwords: Mapping[str, str]) -> Callable[[TakenLogin], str]:
    """Return how a server answers that has these passwords, by the ids of entries."""
    return lambda login: ACCEPTED if passwords.get(login.entry_id or "") == login.password else REFUSED


USUAL = tries_passwords({"entry of ada": PASSWORD, "entry of bob": PASSWORD})


@contextmanager
def agent(place: Place, says: Callable[[TakenLogin], str | None] = USUAL) -> Iterator[list[TakenLogin]]:
    """Answer the logins of a directory as ``says`` says; give the growing list of what was taken."""
    taken: list[TakenLogin] = []
    is_ended = threading.Event()
    channel = agent_channel(place.agent_id)

    def work() -> None:
        context = place.context
        while not is_ended.is_set():
            found = context.signals.wait(
                channel,
                5,
                lambda: delegated.take(context, place.agent_id, "p", 1) or is_ended.is_set() or None,
            )
            for each in found if isinstance(found, list) else ():
                taken.append(each)
                if (outcome := says(each)) is not None:
                    context.agent_logins.answer(place.agent_id, each.id, outcome)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield taken
    finally:
        is_ended.set()
        place.service.signals.send(channel)
        thread.join()
