"""What has changed in Active Directory, as its domain controller counts it."""

import pytest

from stormpath.agent.active_directory.usn import UsnTracker
from stormpath.agent.changes.choose import choose
from stormpath.agent.contract import CursorInvalid
from stormpath.agent.directory_problems import DirectoryProblem
from support.active_directory import DISABLED, WITHOUT_PASSWORD, Connect, Tree, holds, told
from support.agent_mirror import Killed, Mirror


def test_is_chosen_for_a_domain_controller(tree: Tree, connected: Connect):
    settings = tree.settings()

    assert isinstance(choose(connected(settings), settings), UsnTracker)


class TestAFullRun:
    def test_tells_accounts_groups_and_members(self, tree: Tree, tracker: UsnTracker, mirror: Mirror):
        odd = tree.user(
            'Doe, "Joe" <+#;> \\ =', sAMAccountName=f"joe{tree.base[3:15]}", mail="joe@example.test"
        )
        zoe = tree.user("Zoë Müller 山", givenName="Zoë", sn="Müller", middleName="Åsa")
        disabled = tree.user("Disabled", userAccountControl=b"546")
        staff = tree.group("staff", [odd, zoe], description="All of them")
        tree.group("nested, +", [staff, disabled])
        tree.group("empty")

        outcome = mirror.synchronize(tracker)

        assert outcome.is_complete
        assert holds(mirror) == tree.content(tree.settings())
        account = mirror.accounts[tree.id(zoe)]
        assert (account.given_name, account.middle_name, account.surname) == ("Zoë", "Åsa", "Müller")
        assert account.password_hash is None
        assert [each.dn for each in mirror.accounts.values() if each.is_disabled] == [disabled]
        assert mirror.groups[tree.id(staff)].description == "All of them"
        assert outcome.report["tracker"] == "usn"
        assert (outcome.report["accounts"], outcome.report["groups"]) == (3, 3)

    def test_tells_an_account_without_an_e_mail(self, tree: Tree, tracker: UsnTracker, mirror: Mirror):
        tree.user("with")
        without = tree.user("without", mail="")

        outcome = mirror.synchronize(tracker)

        assert mirror.accounts[tree.id(without)].email is None
        assert {"attribute": "mail", "entries": 1, "of": 2, "examples": [without]}.items() <= (
            outcome.report["problems"][0].items()
        )

    def test_excludes_what_the_filter_excludes(self, tree: Tree, connected: Connect, mirror: Mirror):
        settings = tree.settings(
            accounts={
                "objectFilter": "(&(!(objectClass=computer))"
                "(!(userAccountControl:1.2.840.113556.1.4.803:=2))(!(cn=hidden*)))"
            }
        )
        tree.user("hidden \\(one)")
        tree.user("disabled", userAccountControl=b"546")
        seen = tree.user("seen")

        mirror.synchronize(UsnTracker(connected(settings), settings))

        assert list(mirror.accounts) == [tree.id(seen)]

    def test_of_nothing_is_a_problem(self, tree: Tree, tracker: UsnTracker, mirror: Mirror):
        with pytest.raises(DirectoryProblem, match="matches no entry below OU=people") as problem:
            mirror.synchronize(tracker)

        assert problem.value.kind == "nothing_matches"


class TestAnIncrementalRun:
    @pytest.fixture(autouse=True)
    def first(self, tree: Tree, tracker: UsnTracker, mirror: Mirror):
        self.ann, self.ben, self.cid = (tree.user(each) for each in ("ann", "ben", "cid"))
        self.staff = tree.group("staff", [self.ann, self.ben])
        self.all = tree.group("all", [self.staff])
        mirror.synchronize(tracker)
        self.tree, self.tracker, self.mirror = tree, tracker, mirror

    def run(self):
        outcome = self.mirror.synchronize(self.tracker)
        assert holds(self.mirror) == self.tree.content(self.tree.settings())
        return outcome

    def test_tells_nothing_where_nothing_has_changed(self):
        outcome = self.run()

        assert not told(self.mirror)
        assert not outcome.is_complete

    def test_tells_nothing_where_something_else_has_changed(self):
        self.tree.user("stranger", within=self.tree.elsewhere)

        outcome = self.run()

        assert not told(self.mirror)
        assert not outcome.is_complete

    def test_tells_a_changed_account_alone(self):
        self.tree.change(self.ben, mail="other@example.test")

        outcome = self.run()

        assert told(self.mirror) == {"account": [self.tree.id(self.ben)]}
        assert not outcome.is_complete

    def test_tells_that_an_account_is_disabled_and_enabled_again(self):
        for control in (DISABLED, WITHOUT_PASSWORD):
            self.tree.change(self.ben, userAccountControl=control)

            self.run()

            assert told(self.mirror) == {"account": [self.tree.id(self.ben)]}

    def test_tells_new_accounts_and_groups(self):
        dan = self.tree.user("dan")
        team = self.tree.group("team", [dan, self.cid])

        outcome = self.run()

        assert told(self.mirror) == {
            "account": [self.tree.id(dan)],
            "group": [self.tree.id(team)],
            "members": [self.tree.id(team)],
        }
        assert not outcome.is_complete

    def test_tells_all_members_of_a_changed_group(self):
        self.tree.join(self.staff, self.cid)
        self.tree.leave(self.staff, self.ann)

        self.run()

        assert self.mirror.told["members"] == [self.tree.id(self.staff)]
        expected = {f"id:{self.tree.id(each)}" for each in (self.ben, self.cid)}
        assert set(self.mirror.keys[self.tree.id(self.staff)]) == expected

    def test_keeps_an_account_and_its_memberships_when_it_is_renamed(self):
        before = self.tree.id(self.ann)
        self.ann = self.tree.rename(self.ann, "Ann, née Smith")

        self.run()

        assert told(self.mirror) == {"account": [before]}
        assert self.mirror.accounts[before].dn == self.ann

    def test_tells_what_was_deleted_without_a_list_of_all(self):
        gone = [self.tree.id(self.ann), self.tree.id(self.all)]
        self.tree.delete(self.ann)
        self.tree.delete(self.all)
        self.tree.user("new")

        outcome = self.run()

        assert self.mirror.told["gone"] == gone
        assert self.mirror.told["present"] == []
        assert not outcome.is_complete

    def test_finds_what_was_deleted_elsewhere_too(self):
        stranger = self.tree.user("stranger", within=self.tree.elsewhere)
        self.run()
        self.tree.delete(stranger)
        self.tree.delete(self.ann)

        self.run()

        assert self.mirror.told["present"] == []

    def test_finds_what_was_created_and_deleted_meanwhile(self):
        self.tree.delete(self.tree.user("brief"))
        self.tree.delete(self.ann)

        self.run()

        assert self.mirror.told["present"] == []

    def test_follows_an_account_into_a_unit_within(self):
        within = self.tree.unit(f"OU=within,{self.tree.people}")
        self.ann = self.tree.move(self.ann, within)

        self.run()

        assert self.mirror.accounts[self.tree.id(self.ann)].dn == self.ann

    def test_removes_what_moved_away_and_takes_it_again_when_it_returns(self):
        away = self.tree.move(self.ann, self.tree.elsewhere)

        assert self.run().is_complete
        assert self.tree.id(away) not in self.mirror.accounts

        self.tree.move(away, self.tree.people)

        self.run()
        assert self.tree.id(self.ann) in self.mirror.accounts

    def test_of_an_empty_directory_removes_everything(self):
        """The service decides whether that may be."""
        for each in (self.ann, self.ben, self.cid, self.staff, self.all):
            self.tree.move(each, self.tree.elsewhere)

        assert self.run().is_complete
        assert not self.mirror.accounts

    def test_asks_for_a_full_run_when_a_unit_was_renamed(self):
        within = self.tree.unit(f"OU=within,{self.tree.people}")
        self.tree.move(self.ann, within)
        self.run()
        self.tree.rename(within, "renamed")

        with pytest.raises(CursorInvalid, match=r"OU=renamed,.* was renamed or moved"):
            self.tracker.run(self.mirror, self.mirror.cursor)

        self.run()
        assert self.mirror.full_runs == 2

    def test_needs_no_full_run_for_units_that_are_new_or_empty(self):
        empty = self.tree.unit(f"OU=empty,{self.tree.people}")
        self.run()
        self.tree.unit(f"OU=new,{self.tree.people}")
        self.tree.rename(empty, "renamed")

        self.run()

        assert not told(self.mirror)

    def test_needs_no_full_run_for_a_unit_with_another_description(self):
        self.tree.change(self.tree.people, description="People")

        self.run()

        assert not told(self.mirror)

    def test_is_followed_by_one_that_repairs_what_was_begun(self):
        self.tree.delete(self.ann)
        self.tree.change(self.ben, mail="ben@example.test")
        self.tree.join(self.staff, self.cid)
        for calls in range(4):
            with pytest.raises(Killed):
                self.mirror.synchronize(self.tracker, killed_after=calls)

        self.run()

    def test_leaves_nothing_of_an_entry_that_it_told_of_when_it_was_killed(self):
        short = self.tree.user("short-lived")
        self.tree.join(self.staff, self.cid)
        with pytest.raises(Killed):
            self.mirror.synchronize(self.tracker, killed_after=1)
        self.tree.delete(short)

        self.run()

    @pytest.mark.parametrize(
        "changes",
        [
            {"server": "3f0b6b4e-5a55-4bb1-9d8f-3a3b6f0f8f00"},
            {"usn": 1 << 40},
            {"usn": "many"},
            {"tracker": "timestamps"},
            {"account": None},
            {"group": {"count": 1, "digest": "not hexadecimal"}},
        ],
        ids=["other server", "future", "no number", "other way", "nothing", "no digest"],
    )
    def test_asks_for_a_full_run_where_the_cursor_is_of_no_use(self, changes: dict):
        self.mirror.cursor = {**(self.mirror.cursor or {}), **changes}

        with pytest.raises(CursorInvalid):
            self.tracker.run(self.mirror, self.mirror.cursor)

        self.run()
        assert self.mirror.full_runs == 2


class TestAFilter:
    def test_that_begins_to_exclude_an_account_removes_it(
        self, tree: Tree, connected: Connect, mirror: Mirror
    ):
        settings = tree.settings(accounts={"objectFilter": "(department=staff)"})
        tracker = UsnTracker(connected(settings), settings)
        ann, ben = tree.user("ann", department="staff"), tree.user("ben", department="staff")
        cid = tree.user("cid")
        mirror.synchronize(tracker)
        tree.change(ann, department="guests")
        tree.change(cid, department="staff")

        mirror.synchronize(tracker)

        assert set(mirror.accounts) == {tree.id(ben), tree.id(cid)}

    def test_by_membership_is_followed_by_full_runs(self, tree: Tree, connected: Connect, mirror: Mirror):
        ann, ben = tree.user("ann"), tree.user("ben")
        staff = tree.group("staff", [ann])
        settings = tree.settings(accounts={"objectFilter": f"memberOf={staff}"})
        tracker = UsnTracker(connected(settings), settings)
        mirror.synchronize(tracker)
        assert set(mirror.accounts) == {tree.id(ann)}
        tree.join(staff, ben)

        with pytest.raises(CursorInvalid, match="computed value"):
            tracker.run(mirror, mirror.cursor)
        mirror.synchronize(tracker)

        assert set(mirror.accounts) == {tree.id(ann), tree.id(ben)}


def test_an_agent_that_may_not_see_deleted_entries_finds_them_by_what_is_left(
    tree: Tree, connected: Connect, mirror: Mirror
):
    reader = tree.user("reader", within=tree.elsewhere)
    tree.set_password(reader, "Reads-0nly")
    settings = tree.settings(agentUserDn=reader, agentUserDnPassword="Reads-0nly")
    tracker = UsnTracker(connected(settings), settings)
    ann, ben = tree.user("ann"), tree.user("ben")
    mirror.synchronize(tracker)
    tree.delete(ann)

    outcome = mirror.synchronize(tracker)

    assert outcome.is_complete
    assert mirror.told["present"] == [tree.id(ben)]
    assert set(mirror.accounts) == {tree.id(ben)}
