"""The index of texts finds what a comparison of each row finds, and reads no more than it has to."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.schema import ids
from stormpath.server.schema.query import AnyContains, Filter, Match
from stormpath.server.storage import indexed_search, text_index, text_search
from stormpath.server.storage.candidates import Scope
from stormpath.server.storage.query_branches import MAX_MERGED

pytestmark = pytest.mark.both_databases

NUMBERS = count()

#: Few letters, so that searches match; and what LIKE, FTS5 and trigrams treat specially.
LETTERS = "aAbß%_\\\"' *-:^(){}\u0301\u2126\ue000😀"
TEXTS = st.text(LETTERS, min_size=1, max_size=6).filter(lambda text: bool(text.strip("* ")))
NAMES = ("givenName", "middleName", "surname")


@contextmanager
def every_row_compared() -> Iterator[None]:
    """Let lists compare each row, as without an index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexed_search, "find", lambda *_: None)
        yield


@contextmanager
def noting_searches() -> Iterator[set[str]]:
    """Give the kinds of items whose lists an index is used for."""
    kinds: set[str] = set()
    real = indexed_search.find

    def find(*arguments: Any) -> Any:
        search = real(*arguments)
        if search is not None:
            kinds.add(arguments[3])
        return search

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexed_search, "find", find)
        yield kinds


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def add(service: Service, api: Api, directory: Json, people: Sequence[Json]) -> None:
    """Store copies of an account with these values of columns."""
    template = api.account(directory, "template")
    table = service.database.tables.of["account"]
    with service.database.transaction() as connection:
        row = dict(connection.execute(table.select().where(table.c.id == id_of(template))).mappings().one())
        rows = []
        for number, each in enumerate(people):
            name = f"u{number}"
            names = {
                "username": name,
                "username_key": name,
                "email": name,
                "email_key": f"{name}@example.com",
            }
            rows.append(row | names | each | {"id": ids.new_id()})
        connection.execute(table.insert(), rows)
    api.delete(template["href"])


def found(api: Api, href: str, **query: object) -> tuple[int, list[str]]:
    """Return the size of a list, and its items."""
    page = api.get(href, query, limit=100).ok
    return page["size"], [each["href"] for each in page["items"]]


@pytest.mark.sampled
def test_searches_find_what_they_find_without_the_index(api: Api, examples_of: Any):
    kinds = st.sampled_from(["{}", "*{}", "{}*", "*{}*"])

    @settings(
        max_examples=examples_of(60),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        names=st.lists(TEXTS, min_size=3, max_size=5),
        text=TEXTS,
        kind=kinds,
        order=st.sampled_from(["email desc", ""]),
    )
    def agree(names: list[str], text: str, kind: str, order: str) -> None:
        place = api.directory(f"Directory {next(NUMBERS)}")
        for number in range(len(names)):
            others = {name: names[number - offset] for offset, name in enumerate(NAMES)}
            api.account(place, f"u{number}", **others)
        api.group(place, f"{names[0]}.", description=names[1])
        accounts, groups = place["accounts"]["href"], place["groups"]["href"]
        sort = {"orderBy": order} if order else {}
        # Parts of the texts, too, which are often found.
        for wanted in (text, names[0][1:4] or "a", f"{names[0]} {names[1]}"):
            pattern = kind.format(wanted)
            searches: list[tuple[str, Json]] = [
                (accounts, {"q": wanted, **sort}),
                (accounts, {"surname": pattern, **sort}),
                (accounts, {"givenName": pattern, "middleName": f"*{wanted[:3]}*"}),
                (groups, {"q": wanted}),
                (groups, {"description": pattern}),
            ]
            for href, query in searches:
                indexed = found(api, href, **query)
                with every_row_compared():
                    assert found(api, href, **query) == indexed, (query, names)

    with noting_searches() as kinds_searched:
        agree()
    assert kinds_searched == {"account", "group"}


@pytest.mark.parametrize(
    "text",
    ['a"b', '""', "a*b", "NEAR(abc)", "abc AND def", "abc OR def", "NOT abc", "^abc", "abc + def", "{abc}",
     "surname : abc", "-abc", "(abc", "abc)", "100%", "a_b_c", "a\\b", "a/b", "'abc'", "\x02abc\x03", "abc*"],
)  # fmt: skip
def test_a_text_is_looked_for_as_it_is(service: Service, api: Api, directory: Json, text: str):
    key = f"xx {text.lower()} yy"
    add(service, api, directory, [{"surname": key, "surname_key": key}, {"surname_key": "xx abc def yy"}])
    href = directory["accounts"]["href"]

    for query in (
        {"surname": f"*{text}*"},
        {"surname": f"*{text} yy"},
        {"surname": f"xx {text}*"},
        {"q": f"xx {text}"},
    ):
        assert found(api, href, **query)[0] == 1, query


def test_a_phrase_across_the_parts_of_the_full_name_is_found(api: Api, directory: Json):
    names = {"givenName": "Anna B C D E F G", "middleName": "Eva Ute", "surname": "von Au"}
    account = api.account(directory, "x", **names)
    api.account(directory, "y", **names | {"surname": "Au von"})
    href = directory["accounts"]["href"]

    # The eighth word and those after it are one text.
    assert found(api, href, q="anna b c d e f g UTE VON") == (1, [account["href"]])
    assert found(api, href, q="Anna B C D E F G Eva von") == (0, [])
    assert found(api, href, q="ute anna")[0] == 2


@pytest.mark.parametrize("text", ["q", "qz", "Ω", "日本"])
def test_a_text_that_is_too_short_for_the_index_is_found(api: Api, directory: Json, text: str):
    account = api.account(directory, "x", surname=f"a{text}b")
    api.account(directory, "y", surname="other")
    href = directory["accounts"]["href"]

    for query in ({"q": text}, {"surname": f"*{text}*"}, {"surname": f"*{text}B"}, {"surname": f"a{text}*"}):
        assert found(api, href, **query) == (1, [account["href"]])


def test_a_list_of_many_matches_has_their_number_and_every_page(service: Service, api: Api, directory: Json):
    number = indexed_search.FEW + 30
    people = [{"surname": "Common", "surname_key": "common"} for _ in range(number)]
    add(service, api, directory, [*people, *[{"surname_key": "rare"}] * 3])
    href = directory["accounts"]["href"]

    for query in ({"surname": "*ommo*"}, {"q": "ommo", "orderBy": "email desc"}):
        items = api.every(href, query, limit=100)
        assert api.get(href, query, limit=10, offset=number - 5).ok["size"] == number
        assert len(items) == len({each["href"] for each in items}) == number
    assert found(api, href, surname="*rar*")[0] == 3


def test_what_was_changed_or_deleted_is_found_no_more(service: Service, api: Api, directory: Json):
    account = api.account(directory, "x", surname="Before")
    other = api.account(directory, "y", surname="Before")
    href = directory["accounts"]["href"]

    api.post(account["href"], {"surname": "After"})
    api.delete(other["href"])

    assert found(api, href, surname="*efor*") == found(api, href, q="before") == (0, [])
    assert found(api, href, surname="*fter") == (1, [account["href"]])
    with suppress(_Undone), service.database.write(api.tenant_id) as unit:
        unit.update("account", id_of(account), {"surname": "Undone", "surname_key": "undone"})
        raise _Undone
    assert found(api, href, surname="*ndon*") == (0, [])
    api.delete(directory["href"])
    assert_nothing_is_left_over(service)


class _Undone(Exception):
    """Raised to undo a unit of work."""


def assert_nothing_is_left_over(service: Service) -> None:
    """Compare SQLite's index with one that is made anew of the rows there are. PostgreSQL keeps its own."""
    if service.database.dialect != "sqlite":
        return
    # Other tests may have left many rows.
    with service.database.transaction(is_long=True) as connection:
        run = connection.exec_driver_sql
        for table, (scopes, texts) in service.database.tables.text_index.items():
            index, rows = text_index.sqlite_names(table)
            assert run(f"SELECT id FROM {rows} EXCEPT SELECT id FROM {table}").all() == []  # noqa: S608
            create = run("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).scalar_one()
            run(create.replace(f"TABLE {index} ", "TABLE anew "))
            values = text_index._values(table, scopes, texts)
            run(
                f"INSERT INTO anew (rowid, {', '.join([*scopes, *texts])}) "  # noqa: S608
                f"SELECT number, {values} FROM {table} JOIN {rows} ON {rows}.id = {table}.id"
            )
            terms = []
            for each in (index, "anew"):
                run(f"CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, {each}, instance)")
                terms.append(set(run("SELECT term, doc, col FROM temp.terms").all()))
                run("DROP TABLE temp.terms")
            run("DROP TABLE anew")
            assert terms[0] == terms[1]


@pytest.mark.parametrize("kind", ["account", "group"])
def test_a_search_in_a_small_directory_reads_no_row_of_a_large_one(
    service: Service, api: Api, directory: Json, kind: str
):
    small = api.directory("Small")
    if kind == "account":
        add(service, api, directory, [{"surname_key": "common"}] * 500)
        add(service, api, small, [{"surname_key": "common"}] * 2)
    else:
        for number in range(20):
            api.group(directory, f"common {number}")
        for number in range(2):
            api.group(small, f"common {number}")
    tables = service.database.tables
    table = tables.of[kind]
    column = "surname_key" if kind == "account" else "name_key"
    filters: list[Filter] = [Match(column, "contains", "ommo"), AnyContains((column,), ("common",))]

    with service.database.connect() as connection:
        for scope, number in (
            (Scope("directory_id", (id_of(small),)), 2),
            # As many as are ever named.
            (Scope("directory_id", (id_of(small), *(ids.new_id() for _ in range(MAX_MERGED - 1)))), 2),
            (Scope("directory_id", (id_of(small), id_of(directory))), 502 if kind == "account" else 22),
        ):
            for each in filters:
                search = text_search.candidates(connection.dialect.name, tables, table, [each], scope)
                assert search is not None
                assert len(connection.execute(search.hits).all()) == number
        # The index alone leaves the other directory out on PostgreSQL, too.
        if connection.dialect.name == "postgresql":
            assert search is not None
            scoped = text_index.postgresql_scope(table, (id_of(small),))
            assert len(connection.execute(sa.select(table.c.id).where(scoped)).all()) == 2


def test_the_databases_begin_with_the_index(service: Service, api: Api, directory: Json):
    add(service, api, directory, [{"surname_key": f"s{number:04x}"} for number in range(2000)])
    application = api.application()
    api.mapping(application, directory)
    if service.database.dialect == "postgresql":
        with service.database.connect() as connection:
            connection.exec_driver_sql("ANALYZE accounts")

    for owner in (directory, application):
        for query in (
            {"q": "s07a"},
            {"surname": "*07a"},
            {"surname": "s07a1"},
            {"surname": "*07a*", "orderBy": "surname"},
        ):
            (plan,) = plans(service, api, owner["accounts"]["href"], query)
            if service.database.dialect == "postgresql":
                assert "Bitmap Index Scan on ix_accounts_search_texts" in plan
                # It reads the directory of so few for the five columns of q.
                both = r"Index Cond: .*ARRAY\[directory_id, tenant_id\] && .*surname_key \|\| .*\) ~~ "
                assert "q" in query or re.search(both, plan), plan
            else:
                first, *others = plan.splitlines()
                assert "SCAN accounts_search VIRTUAL TABLE INDEX" in first
                assert all("SEARCH" in each or "LIST SUBQUERY" in each for each in others), plan


def plans(service: Service, api: Api, href: str, query: Json) -> list[str]:
    """Return the plans of the statements that find the rows of a search."""
    sent: list[tuple[str, Any]] = []

    def seen(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "MATCH" in statement or "MATERIALIZED" in statement:
            sent.append((statement, parameters))

    sa.event.listen(service.database.engine, "before_cursor_execute", seen)
    try:
        assert api.get(href, query).status == 200
    finally:
        sa.event.remove(service.database.engine, "before_cursor_execute", seen)
    explain = "EXPLAIN" if service.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
    with service.database.connect() as connection:
        if service.database.dialect == "postgresql":
            # It reads all of a table that is so small.
            connection.exec_driver_sql("SET enable_seqscan = off")
        return [
            "\n".join(
                str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
            )
            for statement, parameters in sent
        ]


def test_no_index_of_texts_answers_what_is_compared_whole(postgresql_service: Service):
    with postgresql_service.database.transaction() as connection:
        run = connection.exec_driver_sql
        run("SET LOCAL enable_seqscan = off")
        run("SET LOCAL enable_indexscan = off")
        plan = run("EXPLAIN SELECT id FROM accounts WHERE email_key = 'ada@example.com'").scalars().all()

    assert not any("_search" in each for each in plan)
