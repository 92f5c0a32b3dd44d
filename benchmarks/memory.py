"""What 100,000 accounts take in memory, beside what ``json.loads`` makes of the same answers.

``python benchmarks/memory.py`` ends with status 1 when a promise is broken. An account has 26 attributes, 14
of them links. Each figure comes from a process of its own: as tracemalloc counts the objects (over 10,000
accounts; it slows everything down), and as the operating system counts the process (over 100,000).

The goal of all is 1.1: whoever holds accounts holds their JSON, and an object may add a tenth to it. One that
is fetched alone takes less than its dictionary even so, since answers share the names of attributes with each
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
    """Return so many accounts from pages, as a loop gives them."""
    return list(_client(base).accounts[:number])


def accounts_one_by_one(base: str, number: int) -> list[Any]:
    """Return so many accounts, each fetched by its href."""
    client = _client(base)
    accounts = [
        client.accounts.get(f"{base}{one_target(n).removeprefix('/v1')}") for n in range(1, number + 1)
    ]
    assert all(account.email for account in accounts)
    return accounts


def items_of_pages(base: str, number: int) -> list[Any]:
    """Return the items of as many pages, as plain dictionaries."""
    answers = Answers(base, ACCOUNTS, prepared=0)
    target, items = "/v1/accounts?limit=100", []
    while len(items) < number:
        page = json.loads(_body(answers[target.encode()]))
        items += page["items"]
        target = page["next"]["href"].removeprefix(base.removesuffix("/v1")) if page["next"] else ""
    return items


def single_answers(base: str, number: int) -> list[Any]:
    """Return as many accounts, each from an answer of its own, as plain dictionaries."""
    answers = Answers(base, ACCOUNTS, prepared=0)
    return [json.loads(_body(answers[one_target(n).encode()])) for n in range(1, number + 1)]


def _client(base: str) -> Client:
    return Client(base, scheme="Basic", cache_options={"store": NullCacheStore}, **KEY)


def _body(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def bytes_each(hold: Hold, base: str, is_traced: bool) -> float:
    """Return how many bytes a thing takes that is held, as far as there are more with more of them."""
    # What is made once, whatever is held, and does not count.
    hold(base, 100)
    if is_traced:
        tracemalloc.start()
    before = held(is_traced)
    things = hold(base, TRACED if is_traced else ACCOUNTS)
    return (held(is_traced) - before) / len(things)


def held(is_traced: bool) -> int:
    """Return the bytes in use: by objects since tracemalloc started, or by the process."""
    gc.collect()
    if is_traced:
        return tracemalloc.get_traced_memory()[0]
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def where_bytes_go(hold: Hold, base: str) -> str:
    """Return the bytes of one thing by what they are for."""
    sizes: Counter[str] = Counter()
    counted: set[int] = set()
    things = hold(base, 1000)

    def count(value: Any, what: str) -> None:
        if id(value) not in counted:
            counted.add(id(value))
            sizes[what] += sys.getsizeof(value)

    for thing in things:
        raw = thing if isinstance(thing, dict) else thing.__dict__["_raw"]
        if thing is not raw:
            count(thing, "object")
            count(thing.__dict__, "object")
            count(thing.__dict__["_values"], "values looked at")
        count(raw, "dictionary")
        for name, value in raw.items():
            count(name, "names")
            count(value, "links" if isinstance(value, dict) else "values")
            if isinstance(value, dict):
                count(value["href"], "links: hrefs")
    parts = [f"{what} {size / len(things):.0f}" for what, size in sizes.most_common()]
    return ", ".join(parts)


def main() -> int:
    """Print all rows; return 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description="What accounts take in memory.")
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
    """Return what a function of a module returns in a process that did nothing before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(measure, *arguments, base=base, **options).result()


if __name__ == "__main__":
    sys.exit(main())
