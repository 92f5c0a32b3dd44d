"""A directory behind the exchange: accounts, groups and memberships."""

from collections.abc import Callable
from typing import Any

from unit.resources.exchange import BASE, Exchange, account_json, group_json, link


class World:
    """One directory with accounts, groups and memberships."""

    def __init__(self, exchange: Exchange, groups: int = 5, accounts: int = 3) -> None:
        self.exchange = exchange
        self.groups = [group_json(f"g{number}") for number in range(groups)]
        self.accounts = [account_json(f"a{number}") for number in range(accounts)]
        self.members: set[tuple[str, str]] = set()
        exchange.answers("GET", "/directories/d1", {**link("/directories/d1"), "name": "Staff"})
        exchange.answers("POST", "/groupMemberships", self._add)
        for each in self.groups + self.accounts:
            exchange.answers("GET", each["href"].removeprefix(BASE), each)
        self._publish()

    def join(self, account: str, *groups: str) -> None:
        self.members |= {(account, group) for group in groups}
        self._publish()

    def _add(self, query: Any, data: Any) -> dict[str, Any]:
        account, group = (data[name]["href"].rpartition("/")[2] for name in ("account", "group"))
        self.join(account, group)
        return {**link(f"/groupMemberships/{account}-{group}"), **data}

    def _remover(self, account: str, group: str) -> Callable[..., dict[str, Any]]:
        def remove(query: Any, data: Any) -> dict[str, Any]:
            self.members.discard((account, group))
            self._publish()
            return {}

        return remove

    def _publish(self) -> None:
        lists = self.exchange.lists
        lists("/directories/d1/groups", self.groups)
        lists("/directories/d1/accounts", self.accounts)
        for account in self.accounts:
            key = account["username"]
            mine = [group for group in self.groups if (key, group["name"]) in self.members]
            lists(f"/accounts/{key}/groups", mine)
            self._publish_memberships(key, mine)
            self.exchange.answers("GET", f"/accounts/{key}", self._account_reader(account, mine))
        for group in self.groups:
            inside = [each for each in self.accounts if (each["username"], group["name"]) in self.members]
            lists(f"/groups/{group['name']}/accounts", inside)

    def _account_reader(self, account: dict[str, Any], mine: list[dict[str, Any]]) -> Callable[..., Any]:
        def read(query: Any, data: Any) -> dict[str, Any]:
            if "expand" not in query:
                return account
            assert query["expand"] == "groups(limit:100)"
            page = {**account["groups"], "offset": 0, "limit": 100, "size": len(mine), "items": mine[:100]}
            return {**account, "groups": page}

        return read

    def _publish_memberships(self, account: str, groups: list[dict[str, Any]]) -> None:
        def listing(query: Any, data: Any) -> dict[str, Any]:
            expanded = query.get("expand") == "group"
            offset, limit = int(query.get("offset", 0)), int(query.get("limit", 25))
            items = [
                {
                    **link(f"/groupMemberships/{account}-{group['name']}"),
                    "account": link(f"/accounts/{account}"),
                    "group": group if expanded else {"href": group["href"]},
                }
                for group in groups
            ]
            page = items[offset : offset + limit]
            return {"offset": offset, "limit": limit, "size": len(items), "items": page}

        self.exchange.answers("GET", f"/accounts/{account}/groupMemberships", listing)
        for group in groups:
            name = group["name"]
            self.exchange.answers(
                "DELETE", f"/groupMemberships/{account}-{name}", self._remover(account, name)
            )
