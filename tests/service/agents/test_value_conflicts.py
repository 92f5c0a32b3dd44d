"""Values of entries that must be unique in the directory: taken ones, and those that change hands."""

import random

from service.mirrors import Mirror, person, ssha, team


def test_a_taken_email_leaves_the_second_entry_out_until_it_is_free(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe", email="ADA@example.com")])

    assert set(mirror.accounts()) == {"ada"}
    assert mirror.problems() == {"email_taken": 1}

    mirror.synchronize([person("ada", email="other@example.com")], present={"account": ["id-joe"]})
    assert mirror.accounts()["joe"]["email"] == "ADA@example.com"
    assert mirror.problems() == {}


def test_a_taken_login_name_leaves_the_account_with_its_old_one_and_the_rest_is_stored(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe")])

    mirror.synchronize(
        [
            person("ada"),
            person("joe", username="ada", surname="New", passwordHash=ssha("new"), isDisabled=True),
        ]
    )

    joe = mirror.accounts()["joe"]
    assert (joe["surname"], joe["status"]) == ("New", "DISABLED")
    assert joe["passwordModifiedAt"] > joe["createdAt"]
    assert mirror.problems() == {"username_taken": 1}


def test_a_deleted_entry_leaves_its_values_to_the_next_one(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe"), person("eve", email="joe@example.com")])

    mirror.synchronize([person("ada"), person("eve", email="joe@example.com")])

    assert set(mirror.accounts()) == {"ada", "eve"}
    assert mirror.problems() == {}


def test_two_entries_swap_all_their_values(mirror: Mirror):
    mirror.synchronize([person("ada"), person("joe")])
    before = mirror.accounts()

    mirror.synchronize(
        [
            person("ada", email="joe@example.com", username="joe"),
            person("joe", email="ada@example.com", username="ada"),
        ]
    )

    after = mirror.accounts()
    assert after["joe"]["href"] == before["ada"]["href"]
    assert after["ada"]["href"] == before["joe"]["href"]
    assert after["ada"]["email"] == "ada@example.com"
    assert mirror.problems() == {}


def test_any_permutation_of_values_is_reached_in_one_run(mirror: Mirror):
    names = [f"n{number:02}" for number in range(60)]
    mirror.synchronize([person(each) for each in names])
    hrefs = {name: each["href"] for name, each in mirror.accounts().items()}
    chance = random.Random(18)  # noqa: S311  # Any order will do.
    emails, usernames = chance.sample(names, 60), chance.sample(names, 60)

    wanted = [
        person(name, email=f"{email}@example.com", username=username)
        for name, email, username in zip(names, emails, usernames, strict=True)
    ]
    mirror.synchronize(wanted)

    assert mirror.problems() == {}
    found = {each["href"]: (each["email"], each["username"]) for each in mirror.accounts().values()}
    assert found == {
        hrefs[each]: (wanted["email"], wanted["username"]) for each, wanted in zip(names, wanted, strict=True)
    }


def test_a_chain_of_values_with_a_second_claimant_moves_as_far_as_it_can(mirror: Mirror):
    mirror.synchronize([person("a"), person("b"), person("c")])

    # Two entries want what ``b`` leaves; and ``b`` wants what ``c`` leaves for a free one.
    mirror.synchronize(
        [
            person("a", email="b@example.com"),
            person("b", email="c@example.com"),
            person("c", email="free@example.com"),
            person("d", email="b@example.com"),
        ]
    )

    emails = {name: each["email"] for name, each in mirror.accounts().items()}
    assert emails == {"a": "b@example.com", "b": "c@example.com", "c": "free@example.com"}
    assert mirror.problems() == {"email_taken": 1}


def test_groups_have_names_of_their_own_and_may_swap_them(mirror: Mirror):
    run = mirror.begin()
    mirror.take(
        run, groups=[team("a", description="d" * 1200), team("b"), team("c", name="A"), team("d", name=None)]
    )
    mirror.end(run)
    before = mirror.groups()
    assert set(before) == {"a", "b"}
    assert before["a"]["description"] == "d" * 1000
    assert mirror.problems() == {"name_taken": 1, "name_missing": 1}

    run = mirror.begin()
    mirror.take(run, groups=[team("a", name="b"), team("b", name="a"), team("c"), team("d")])
    mirror.end(run)

    after = mirror.groups()
    assert after["a"]["href"] == before["b"]["href"]
    assert set(after) == {"a", "b", "c", "d"}
    assert mirror.problems() == {}
