"""The memory of 100,000 accounts, against the dictionaries that ``json.loads`` makes of the same answers.

``python benchmarks/memory.py`` ends with status 1 if a promise is broken. An account has 26 attributes, 14
of them links. Each number comes from its own process: as tracemalloc counts the objects (over 10,000
accounts; it slows everything down), and as the operating system counts the process (over 100,000).

The goal of all is 1.1: an account holds its JSON, and the object may add a tenth to it. An account that is
fetched alone takes less than its dictionary even so, because answers share the names of attributes with each
other, and not only within one answer. ``--where`` shows where the bytes go.
"""

import argparse
import gc
import json
import os
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from _canned import Answers, canned_service, one_target
from _measure import Row

from stormpath import Client
from stormpath.cache.null_cache_store import NullCacheStore

ACCOUNTS = 100_000
TRACED = 10_000
GOAL = 1.1
KEY: dict[str, Any] = {
    "id": "2EV70AHRTYF0JOA7OEXAMPLE1",
    "secret": "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX",
}

Hold = Callable[[str, int], list[Any]]


def accounts_of_a_list(base: str, number: int) -> list[Any]:
    """Return that many accounts from pages, as a loop yields them."""
    return list(_client(base).accounts[:number])


def accounts_one_by_one(base: str, number: int) -> list[Any]:
    """Return that many accounts, each fetched by its href."""
    client = _client(base)
    accounts = [
        client.accounts.get(f"{base}{one_target(n).removeprefix('/v1')}") for n in range(1, number + 1)
    ]
    assert all(account.email for account in accounts)
    return accounts


def items_of_pages(base: str, number: int) -> list[Any]:
    """Return that many items of pages, as plain dictionaries."""
    answers = Answers(base, ACCOUNTS, prepared=0)
    target, items = "/v1/accounts?limit=100", []
    while len(items) < number:
        page = json.loads(_body(answers[target.encode()]))
        items += page["items"]
        target = page["next"]["href"].removeprefix(base.removesuffix("/v1")) if page["next"] else ""
    return items


def single_answers(base: str, number: int) -> list[Any]:
    """Return that many accounts, each from its own answer, as plain dictionaries."""
    answers = Answers(base, ACCOUNTS, prepared=0)
    return [json.loads(_body(answers[one_target(n).encode()])) for n in range(1, number + 1)]


def _client(base: str) -> Client:
    return Client(base, scheme="Basic", cache_options={"store": NullCacheStore}, **KEY)


def _body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def bytes_each(hold: Hold, base: str, is_traced: bool) -> float:
    """Return the bytes that each additional account takes."""
    # Creates the objects that exist only once, which do not count.
    hold(base, 100)
    if is_traced:
        tracemalloc.start()
    before = bytes_in_use(is_traced)
    accounts = hold(base, TRACED if is_traced else ACCOUNTS)
    return (bytes_in_use(is_traced) - before) / len(accounts)


def bytes_in_use(is_traced: bool) -> int:
    """Return the bytes in use: by objects since tracemalloc started, or by the process."""
    gc.collect()
    if is_traced:
        return tracemalloc.get_traced_memory()[0]
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def where_bytes_go(hold: Hold, base: str) -> str:
    """Return the average bytes of an account, by their purpose."""
    sizes: Counter[str] = Counter()
    counted: set[int] = set()
    accounts = hold(base, 1000)

    def count(value: Any, what: str) -> None:
        if id(value) not in counted:
            counted.add(id(value))
            sizes[what] += sys.getsizeof(value)

    for account in accounts:
        raw = account if isinstance(account, dict) else account.__dict__["_raw"]
        if account is not raw:
            count(account, "object")
            count(account.__dict__, "object")
            count(account.__dict__["_values"], "values looked at")
        count(raw, "dictionary")
        for name, value in raw.items():
            count(name, "names")
            count(value, "links" if isinstance(value, dict) else "values")
            if isinstance(value, dict):
                count(value["href"], "links: hrefs")
    parts = [f"{what} {size / len(accounts):.0f}" for what, size in sizes.most_common()]
    return ", ".join(parts)


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description="The memory of accounts.")
    parser.add_argument("--where", action="store_true", help="show where the bytes go")
    options = parser.parse_args()
    kinds: tuple[tuple[str, Hold, Hold], ...] = (
        ("accounts of a list, against json.loads", accounts_of_a_list, items_of_pages),
        ("accounts one by one, against json.loads", accounts_one_by_one, single_answers),
    )
    kept = True
    with canned_service(ACCOUNTS) as service:
        run = partial(in_its_own_process, base=service.base)
        for what, ours, plain in kinds:
            for how, is_traced in (("objects", True), ("process", False)):
                mine, dictionaries = (run(bytes_each, hold, is_traced=is_traced) for hold in (ours, plain))
                remark = f"{mine:.0f} / {dictionaries:.0f} bytes each"
                row = Row(f"{what}, {how}", mine / dictionaries, "times", GOAL, remark=remark)
                print(row, flush=True)
                kept = kept and row.is_kept
            if options.where:
                print(f"    ours:       {run(where_bytes_go, ours)}")
                print(f"    json.loads: {run(where_bytes_go, plain)}")
    return 0 if kept else 1


def in_its_own_process(measure: Callable[..., Any], *arguments: Any, base: str, **options: Any) -> Any:
    """Call a module's function in a new process, and return its result."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(measure, *arguments, base=base, **options).result()


if __name__ == "__main__":
    sys.exit(main())
