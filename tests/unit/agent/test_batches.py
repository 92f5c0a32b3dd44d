"""The entries of a run in batches."""

import json
import tracemalloc

from stormpath.agent.batches import Batches
from stormpath.agent.contract import Account, Group


def account(number, **values):
    return Account(f"id{number}", f"uid={number},dc=test", f"dn:{number}", **values)


def test_a_batch_is_sent_when_it_is_full_and_at_the_end():
    sent = []
    batches = Batches(sent.append)

    for each in range(1200):
        batches.account(account(each))
    batches.flush()
    batches.flush()

    assert [len(each["accounts"]) for each in sent] == [500, 500, 200]


def test_a_group_of_many_members_is_told_in_chunks():
    sent = []
    batches = Batches(sent.append)
    batches.group(Group("g", "cn=g", "dn:g", "g"))

    batches.members("g", (f"id:{each}" for each in range(12_000)))
    batches.flush()

    chunks = [each for batch in sent for each in batch["members"]]
    assert [(len(each["keys"]), each["isFirst"], each["isLast"]) for each in chunks] == [
        (5000, True, False),
        (5000, False, False),
        (2000, False, True),
    ]
    assert [key for each in chunks for key in each["keys"]] == [f"id:{each}" for each in range(12_000)]


def test_the_groups_of_a_batch_have_no_more_members_than_it_takes_together():
    sent = []
    batches = Batches(sent.append)

    for number in range(7):
        batches.members(f"g{number}", (f"id:{each}" for each in range(1999)))
    batches.flush()

    assert max(sum(len(each["keys"]) for each in batch["members"]) for batch in sent) <= 5000
    by_group: dict[str, int] = {}
    for batch in sent:
        for each in batch["members"]:
            by_group[each["group"]] = by_group.get(each["group"], 0) + len(each["keys"])
    assert set(by_group.values()) == {1999}


def test_an_empty_group_is_one_chunk():
    sent = []
    batches = Batches(sent.append)

    batches.members("g", [])
    batches.flush()

    assert sent == [{"members": [{"group": "g", "keys": [], "isFirst": True, "isLast": True}]}]


def test_ids_are_sent_apart_from_entries_and_in_batches():
    sent = []
    batches = Batches(sent.append)

    batches.present("account", (f"id{each}" for each in range(30_000)))
    batches.gone("group", "g")
    batches.flush()

    assert [len(each["present"]["account"]) for each in sent] == [20_000, 10_000]
    assert sent[1]["gone"] == {"group": ["g"]}


def test_one_entry_is_in_a_batch_once():
    sent = []
    batches = Batches(sent.append)

    batches.gone("account", "id1")
    batches.account(account(1, email="a@example.com"))
    batches.account(account(1, email="b@example.com"))
    batches.gone("account", "id1")
    batches.flush()

    assert [sorted(each) for each in sent] == [["gone"], ["accounts"], ["accounts"], ["gone"]]


def test_no_batch_is_larger_than_the_service_takes():
    sizes = []
    batches = Batches(lambda body: sizes.append(len(json.dumps(body))))

    for each in range(600):
        batches.account(account(each, given_name="\u00fc" * 10_000, surname="x" * 4_000))
    batches.members("g", ("uid:" + "\u00fc" * 1000 for each in range(2000)))
    batches.flush()

    assert max(sizes) < 2 * 1024 * 1024


def test_longer_texts_are_cut():
    sent = []
    batches = Batches(sent.append)

    batches.group(Group("g", "cn=g", "dn:g", "g", "x" * 9000))
    batches.flush()

    assert len(sent[0]["groups"][0]["description"]) == 4000


def test_many_entries_take_the_memory_of_one_batch():
    batches = Batches(lambda body: None)
    tracemalloc.start()
    try:
        for each in range(5_000):
            batches.account(account(each, email=f"{each}@example.com", surname="Doe"))
        batches.members("g", (f"id:{each}" for each in range(50_000)))
        batches.flush()
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()
