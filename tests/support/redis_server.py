"""A real Redis for the tests."""

from typing import Any

import redis

from support.child_server import ChildServer


class RedisServer(ChildServer):
    """``options`` are its configuration's: ``RedisServer(maxmemory="2mb", requirepass="secret")``."""

    program = "redis-server"
    timeouts = ("socket_timeout", "socket_connect_timeout")

    def __init__(self, **options: str | int) -> None:
        self._options = options
        super().__init__()

    @property
    def store_opts(self) -> dict[str, Any]:
        password = self._options.get("requirepass")
        return super().store_opts | ({"password": password} if password else {})

    def connect(self, **options: Any) -> redis.Redis:
        """Return a client of the server; options are the library's. The caller closes it."""
        return redis.Redis(**{**self.store_opts, "retry": None, **options})

    def flush(self) -> None:
        with self.connect() as client:
            client.flushall()

    def _command(self) -> list[str]:
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": self.folder,
            "save": "",
            "appendonly": "no",
            **{name.replace("_", "-"): value for name, value in self._options.items()},
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        return [self.program, *arguments]

    def _answering_pid(self) -> int | None:
        try:
            with self.connect(socket_timeout=1) as client:
                return int(client.info("server")["process_id"])
        except (redis.RedisError, OSError):
            return None

    def _save(self) -> None:
        with self.connect() as client:
            client.save()

    def _forget_saved(self) -> None:
        (self.folder / "dump.rdb").unlink(missing_ok=True)
