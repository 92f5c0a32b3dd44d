"""The hashes that stand in for those of accounts which do not exist."""

import hashlib
from collections import Counter
from collections.abc import Iterable

import bcrypt
import pytest

from stormpath.server.domain.hash_kinds import HashKind, kind_of
from stormpath.server.security import imported_hashes
from stormpath.server.security.passwords import Argon2id, InsecureForTests
from stormpath.server.security.stand_ins import StandIns, like

OWN = "$argon2id$v=19$m=19456,t=2,p=1$"
BCRYPT = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()
NAMES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2000)]

#: Hashes as they are stored, and what names their schemes and costs.
KINDS = {
    "$2b$12$" + "a" * 53: "$2b$12$",
    "$2x$04$" + "a" * 53: "$2x$04$",
    "$stormpath2$SHA-256$3$c2FsdHNhbHQ=$aEY8AJhFaDR1Bpi2ri59aFmU+ul6Qyc/oP+6pCtGmxA=": (
        "$stormpath2$SHA-256$3$"
    ),
    "$stormpath2$MD5$1$$2TobIzbEdvrF0owCO2Nw2g==": "$stormpath2$MD5$1$",
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b6dWRWJTmaaJObG": (
        "$argon2id$v=19$m=65536,t=3,p=4$"
    ),
    "$insecure-for-tests$0011$2233": "$insecure-for-tests$",
}


class World:
    """A place with these hashes, each with its weight, and a clock."""

    def __init__(self, hashes: dict[str, float], most_places: int = 1000) -> None:
        self.hashes, self.now, self.counts = hashes, 0.0, 0
        self.stand_ins = StandIns(
            Argon2id().stand_in, lifetime=60, most_places=most_places, clock=lambda: self.now
        )

    def count(self) -> Iterable[HashKind]:
        self.counts += 1
        return [HashKind(kind_of(each), number) for each, number in self.hashes.items()]

    def kinds(self, names: Iterable[str] = NAMES, place: str = "P") -> list[str]:
        return [kind_of(self.stand_ins.choose(place, each, self.count)) for each in names]


@pytest.mark.parametrize(("stored", "kind"), KINDS.items())
def test_a_kind_is_what_stands_before_salt_and_digest(stored: str, kind: str):
    assert kind_of(stored) == kind
    assert kind_of(like(kind)) == kind


@pytest.mark.parametrize("kind", [each for each in KINDS.values() if imported_hashes.is_imported(each)])
def test_a_stand_in_for_an_imported_hash_is_one_that_can_be_imported(kind: str):
    made = [like(kind) for _ in range(50)]

    for each in made:
        imported_hashes.check(each, max_bcrypt_cost=14)
    assert len(set(made)) == 50


@pytest.mark.parametrize("kind", ["$2b$04$", "$stormpath2$SHA-512$9$"])
def test_no_password_matches_a_stand_in(kind: str):
    assert not imported_hashes.verify("x", like(kind))


@pytest.mark.parametrize("scheme", [Argon2id(), InsecureForTests()], ids=["argon2id", "for tests"])
def test_a_stand_in_of_a_scheme_has_the_form_of_its_hashes(scheme: Argon2id | InsecureForTests):
    stored, made = scheme.hash("x"), scheme.stand_in()

    assert kind_of(made) == kind_of(stored)
    assert not scheme.is_outdated(made)
    assert not scheme.verify("x", made)
    if isinstance(scheme, Argon2id):
        assert len(made) == len(stored)


def test_names_get_kinds_in_the_proportions_of_the_hashes():
    world = World({"$2b$10$" + "a" * 53: 60, BCRYPT: 30, Argon2id().stand_in(): 10})

    found = Counter(world.kinds())

    # Three standard deviations of 2000 draws.
    for kind, share in (("$2b$10$", 0.6), ("$2b$04$", 0.3), (OWN, 0.1)):
        assert abs(found[kind] / len(NAMES) - share) < 0.034


def test_a_name_keeps_its_kind_in_every_process():
    hashes = {"$2b$10$" + "a" * 53: 60.0, BCRYPT: 30}
    world = World(hashes)
    first = world.kinds()

    assert world.kinds() == first
    assert World(dict(reversed(hashes.items()))).kinds() == first
    assert world.counts == 1


def test_names_move_to_the_own_scheme_only_when_hashes_do():
    world = World({"$2b$10$" + "a" * 53: 60, BCRYPT: 30, Argon2id().stand_in(): 10})
    before = world.kinds()

    world.hashes = {"$2b$10$" + "a" * 53: 30, BCRYPT: 10, Argon2id().stand_in(): 60}
    world.now = 61
    after = world.kinds()

    assert world.counts == 2
    moved = {(old, new) for old, new in zip(before, after, strict=True) if old != new}
    assert {old for old, _ in moved} == {"$2b$10$", "$2b$04$"}
    # Both lost half or more; the one that lost less may take from the other, which no account does.
    assert {new for _, new in moved} <= {OWN, "$2b$10$"}
    assert sum(new == OWN for new in after) > sum(new == OWN for new in before)


def test_a_place_without_hashes_has_the_own_scheme():
    assert set(World({}).kinds(NAMES[:20])) == {OWN}


def test_proportions_are_kept_for_a_minute_by_a_clock_that_only_goes_forward():
    world = World({BCRYPT: 1})
    for now, counts in ((0, 1), (59.9, 1), (60, 2), (119, 2), (121, 3)):
        world.now = now
        world.kinds(NAMES[:3])
        assert world.counts == counts


def test_while_one_caller_counts_again_others_use_what_was_known():
    world = World({BCRYPT: 1})
    world.kinds()
    world.now = 61

    def kinds() -> Iterable[HashKind]:
        assert world.kinds(NAMES[:1]) == ["$2b$04$"]
        return [HashKind(None, 1)]

    world.stand_ins.choose("P", NAMES[0], kinds)
    assert world.counts == 1
    assert world.kinds(NAMES[:1]) == [OWN]


def test_a_count_that_fails_is_an_error_and_spoils_nothing():
    world = World({BCRYPT: 1})

    def kinds() -> Iterable[HashKind]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        world.stand_ins.choose("P", NAMES[0], kinds)
    assert world.kinds(NAMES[:1]) == ["$2b$04$"]


def test_the_number_of_places_is_bounded():
    world = World({BCRYPT: 1}, most_places=10)
    for number in range(50):
        world.kinds(NAMES[:1], place=str(number))

    assert len(world.stand_ins._places) == 10
    world.kinds(NAMES[:1], place="49")
    assert world.counts == 50


def test_the_number_of_kinds_in_a_place_is_bounded():
    world = World({f"$stormpath2$MD5${number}$$" + "a" * 22 + "==": number for number in range(1, 500)})

    found = set(world.kinds(NAMES[:500]))

    assert len(world.stand_ins._places["P"].numbers) == 64
    assert len(found) > 50
