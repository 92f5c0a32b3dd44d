"""A real PgBouncer for the tests, in front of the tests' PostgreSQL."""

import os
import shutil
from typing import Any
from urllib.parse import urlsplit

import psycopg

from support.child_server import ChildServer
from support.postgresql import PostgreSQLServer

CONFIGURATION = """
[databases]
* = host={host} port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
admin_users = {user}
pidfile = {folder}/pid
pool_mode = {pool_mode}
default_pool_size = {sessions}
max_client_conn = 300
"""


class PgBouncerServer(ChildServer):
    """A PgBouncer with so many ``sessions`` for each database: few, which its clients have to share."""

    program = "pgbouncer"

    def __init__(
        self, server: PostgreSQLServer, *, pool_mode: str = "transaction", sessions: int = 3
    ) -> None:
        self._to = urlsplit(server.address)
        self._options: dict[str, Any] = {"pool_mode": pool_mode, "sessions": sessions}
        super().__init__()

    def through(self, url: str) -> str:
        """Return the URL of the same database by way of this PgBouncer."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{self.port}").geturl()

    def console(self, command: str) -> list[tuple[Any, ...]]:
        """Run a command of its console, as ``SHOW POOLS``."""
        with psycopg.connect(
            self.through(f"{self._to.geturl()}/pgbouncer"), autocommit=True, connect_timeout=2
        ) as connection:
            cursor = connection.execute(command.encode())
            return cursor.fetchall() if cursor.description else []

    def _command(self) -> list[str]:
        configuration, users = self.folder / "pgbouncer.ini", self.folder / "users"
        place = {"host": self._to.hostname, "server_port": self._to.port, "port": self.port}
        configuration.write_text(
            CONFIGURATION.format(**place, folder=self.folder, user=self._to.username, **self._options)
        )
        users.touch(mode=0o600)
        users.write_text(f'"{self._to.username}" "{self._to.password}"\n')
        # It refuses to run as root; PostgreSQL's package brings the user it runs as.
        other_user = []
        if os.geteuid() == 0:
            other_user = ["-u", "postgres"]
            for each in (self.folder, configuration, users):
                shutil.chown(each, "postgres")
        return [str(self._path()), "-q", *other_user, str(configuration)]

    def _answering_pid(self) -> int | None:
        try:
            # Only ours knows the password.
            self.console("SHOW VERSION")
            return int((self.folder / "pid").read_text())
        except (psycopg.Error, OSError, ValueError):
            return None
