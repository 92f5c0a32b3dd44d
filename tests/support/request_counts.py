"""A counter of requests, for tests of laziness."""

from __future__ import annotations

from typing import Any


class RequestCount:
    """A wrapper of an executor that counts its requests. ``sent`` lists (method, path below the base URL)."""

    def __init__(self, executor: Any) -> None:
        self._executor = executor
        self.sent: list[tuple[str, str]] = []

    def get(self, url: str, params: Any = None) -> Any:
        return self._count("GET", url, self._executor.get, url, params)

    def post(self, url: str, data: Any, params: Any = None, headers: Any = None) -> Any:
        return self._count("POST", url, self._executor.post, url, data, params, headers)

    def delete(self, url: str) -> Any:
        return self._count("DELETE", url, self._executor.delete, url)

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        """As for grants, which send forms."""
        self.sent.append((method, url.removeprefix(self._executor.base_url)))
        return self._executor.request(method, url, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._executor, name)

    def __eq__(self, count: object) -> bool:
        return len(self.sent) == count

    __hash__ = None  # type: ignore[assignment]  # a count that changes is nothing to look up by

    def __repr__(self) -> str:
        return f"{len(self.sent)} requests: {self.sent}"

    def reset(self) -> None:
        self.sent.clear()

    def _count(self, method: str, url: str, send: Any, *arguments: Any) -> Any:
        self.sent.append((method, url.removeprefix(self._executor.base_url)))
        return send(*arguments)


def count_requests(client: Any) -> RequestCount:
    """Count the requests of a client from now on."""
    count = RequestCount(client.data_store.executor)
    client.data_store.executor = count
    return count
