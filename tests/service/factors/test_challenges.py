"""Challenges: their statuses by the clock and by what happens to them, and how many are kept."""

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from service.clock import Clock
from service.factor_calls import answer, authenticator, challenge, last_code, set_columns, sms_factor, stored
from service.tenant_setup import context_of
from stormpath.server.app import Service
from stormpath.server.domain import challenges
from stormpath.server.storage import challenges as storage


class TestStatuses:
    def test_what_is_shown_and_searched_for_follows_the_clock(
        self, service: Service, api: Api, ada: Json, clock: Clock
    ):
        factor = sms_factor(api, ada)
        done = challenge(api, factor).made
        answer(api, done, last_code(service, api.tenant_id)).ok
        failed, fresh = challenge(api, factor).made, challenge(api, factor).made
        answer(api, failed, "no code").ok

        def found(status: str) -> set[str]:
            return {each["href"] for each in api.get(factor["challenges"]["href"], status=status).items}

        assert [found(each) for each in ("SUCCESS", "FAILED", "CREATED", "EXPIRED")] == [
            {done["href"]},
            {failed["href"]},
            {fresh["href"]},
            set(),
        ]
        clock.moves(300)
        assert [found(each) for each in ("success", "failed", "created", "expired")] == [
            {done["href"]},
            set(),
            set(),
            {failed["href"], fresh["href"]},
        ]
        shown = api.get(factor["href"], expand="challenges,mostRecentChallenge").ok
        assert [each["status"] for each in shown["challenges"]["items"]] == ["SUCCESS", "EXPIRED", "EXPIRED"]
        assert shown["mostRecentChallenge"]["status"] == "EXPIRED"
        # Nothing was written: a clock that is put back shows what there was.
        assert stored(service, "challenges", fresh)["status"] == "CREATED"

    def test_pages_of_a_search_go_on_where_they_ended(self, api: Api, ada: Json, clock: Clock):
        factor = authenticator(api, ada)
        made = [challenge(api, factor).made["href"] for _ in range(5)]
        clock.moves(300)
        made.append(challenge(api, factor).made["href"])

        expired = api.every(factor["challenges"]["href"], status="EXPIRED", limit=2)

        assert [each["href"] for each in expired] == made[:5]
        assert api.get(factor["challenges"]["href"], orderBy="status").error == (400, 2106)

    def test_no_status_is_set_by_a_caller(self, api: Api, ada: Json):
        made = challenge(api, authenticator(api, ada)).made

        assert api.post(made["href"], {"status": "SUCCESS"}).error == (400, 2000)
        assert challenge(api, authenticator(api, ada), status="SUCCESS").made["status"] == "CREATED"
        assert api.post(made["href"], {"status": "SUCCESS", "code": "nothing"}).ok["status"] == "FAILED"

    def test_a_final_status_takes_no_code(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        code = last_code(service, api.tenant_id)
        for status in ("ERROR", "UNDELIVERED", "DENIED", "CANCELLED"):
            set_columns(service, "challenges", made, status=status)
            assert answer(api, made, code).error == (400, 13112)
            assert api.get(made["href"]).ok["status"] == status

    def test_five_codes_may_be_wrong_and_then_the_right_one_is_too(
        self, service: Service, api: Api, ada: Json
    ):
        made = challenge(api, sms_factor(api, ada)).made

        assert [answer(api, made, "no code").ok["status"] for _ in range(5)] == ["FAILED"] * 5

        assert answer(api, made, last_code(service, api.tenant_id)).error == (400, 13113)
        assert stored(service, "challenges", made)["wrong_codes"] == 5

    def test_four_wrong_codes_leave_one(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        for _ in range(4):
            answer(api, made, "no code").ok

        assert answer(api, made, last_code(service, api.tenant_id)).ok["status"] == "SUCCESS"


@pytest.mark.both_databases
class TestDelivery:
    """How the sender of messages says what became of one."""

    def test_it_is_stored_unless_the_challenge_is_further(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        for before, news, after in (
            ("CREATED", "WAITING_FOR_PROVIDER", "WAITING_FOR_PROVIDER"),
            ("CREATED", "WAITING_FOR_VALIDATION", "WAITING_FOR_VALIDATION"),
            ("WAITING_FOR_PROVIDER", "WAITING_FOR_VALIDATION", "WAITING_FOR_VALIDATION"),
            ("WAITING_FOR_PROVIDER", "UNDELIVERED", "UNDELIVERED"),
            ("SUCCESS", "WAITING_FOR_VALIDATION", "SUCCESS"),
            ("FAILED", "UNDELIVERED", "FAILED"),
            ("UNDELIVERED", "WAITING_FOR_VALIDATION", "UNDELIVERED"),
        ):
            set_columns(service, "challenges", made, status=before)
            with context_of(service, api.tenant_id).write() as unit:
                assert unit.challenges.note_delivery(id_of(made), news) == (before != after)
            assert api.get(made["href"]).ok["status"] == after

    def test_a_delivered_message_waits_for_its_code(self, service: Service, api: Api, ada: Json):
        made = challenge(api, sms_factor(api, ada)).made
        with service.database.transaction() as connection:
            news = (service.database.tables, api.tenant_id, id_of(made), challenges.WAITING_FOR_VALIDATION)
            assert storage.note_delivery(connection, *news)

        assert api.get(made["href"]).ok["status"] == "WAITING_FOR_VALIDATION"
        assert answer(api, made, last_code(service, api.tenant_id)).ok["status"] == "SUCCESS"

    def test_that_of_another_tenant_is_not_touched(
        self, service: Service, api: Api, stranger: Api, ada: Json
    ):
        made = challenge(api, sms_factor(api, ada)).made

        with context_of(service, stranger.tenant_id).write() as unit:
            assert not unit.challenges.note_delivery(id_of(made), challenges.UNDELIVERED)
            assert not unit.challenges.succeed(id_of(made), 0)
            assert not unit.challenges.fail(id_of(made), 0)

        assert api.get(made["href"]).ok["status"] == "CREATED"


@pytest.mark.both_databases
def test_old_challenges_beyond_a_number_are_removed_and_no_pending_one(
    service: Service, api: Api, ada: Json, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(storage, "MOST_KEPT", 3)
    factor, other = authenticator(api, ada), authenticator(api, ada)
    kept = challenge(api, other).made["href"]
    old = [challenge(api, factor).made["href"] for _ in range(5)]
    assert [each["href"] for each in api.get(factor["challenges"]["href"]).items] == old
    clock.moves(300)

    new = challenge(api, factor).made["href"]

    assert [each["href"] for each in api.get(factor["challenges"]["href"]).items] == [*old[2:], new]
    assert [each["href"] for each in api.get(other["challenges"]["href"]).items] == [kept]


def test_a_factor_takes_its_challenges_along(service: Service, api: Api, ada: Json):
    factor = sms_factor(api, ada)
    made = challenge(api, factor).made

    assert api.delete(made["href"]).error == (405, 1100)
    assert api.delete(factor["href"]).status == 204

    assert api.get(made["href"]).error == (404, 404)
    assert answer(api, made, last_code(service, api.tenant_id)).error == (404, 404)
    assert api.get(factor["challenges"]["href"]).error == (404, 404)
    with service.database.connect() as connection:
        table = service.database.tables.of["challenge"]
        assert connection.execute(sa.select(table.c.id).where(table.c.id == id_of(made))).all() == []
