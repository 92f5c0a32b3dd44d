"""The program of an agent with a real OpenLDAP server, and the service in memory."""

import threading
import time

import pytest

from stormpath.agent.configuration import Configuration, Login
from stormpath.agent.directory import DirectoryError
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.ldap_directory import LdapDirectory
from stormpath.agent.program import AgentProgram, Options
from stormpath.agent.service import ServiceClient
from support import bad_servers
from support.agent_wire import AgentWire
from support.slapd_server import PASSWORD


@pytest.fixture
def silent_port():
    with bad_servers.running(bad_servers.silent) as server:
        yield server.port


@pytest.fixture(scope="module")
def tree(slapd_server):
    found = slapd_server.own_base()
    found.person("ann", userPassword="right")
    found.person("bob", userPassword="right")
    found.group("staff", f"uid=ann,{found.people}", f"uid=bob,{found.people}")
    return found


def opened(tree, options=None, **config):
    configuration = tree.configuration(**config)
    return LdapDirectory.open(Configuration.parse("1", configuration), **(options or {}))


def login(tree, uid="ann", password="right", *, dn=None, entry_id=None, seconds=8.0):
    dn = dn or f"uid={uid},{tree.people}"
    return Login("l", entry_id, dn, password, time.monotonic() + seconds)


class TestLogins:
    def test_a_password_is_tried_by_a_bind(self, tree):
        directory = opened(tree)

        assert directory.bind(login(tree)) == "accepted"
        assert directory.bind(login(tree, password="wrong")) == "refused"
        assert directory.bind(login(tree, uid="nobody")) == "refused"

    @pytest.mark.parametrize("password", ["", "\0", "x" * 5000, "*)(uid=*", "\u00fc\U0001f600", "right\0"])
    def test_no_other_password_is_accepted(self, tree, password):
        assert opened(tree).bind(login(tree, password=password)) == "refused"

    @pytest.mark.parametrize(
        "dn", ["", "uid=ann", "*", "uid=*,{people}", "uid=ann\0,{people}", "=", "uid=ann,,"]
    )
    def test_no_other_name_is_accepted(self, tree, dn):
        assert opened(tree).bind(login(tree, dn=dn.format(people=tree.people) or " ")) == "refused"

    def test_an_entry_that_has_moved_is_found_by_its_id(self, tree):
        former = tree.person("mover", userPassword="right")
        entry_id = tree.id_of(former)
        tree.rename(former, "uid=moved")

        directory = opened(tree)

        assert directory.bind(login(tree, dn=former, entry_id=entry_id)) == "accepted"
        assert directory.bind(login(tree, dn=former, entry_id=entry_id, password="wrong")) == "refused"
        assert directory.bind(login(tree, dn=former, entry_id="*")) == "refused"
        assert directory.bind(login(tree, dn=former, entry_id="x)(uid=ann")) == "refused"

    def test_another_entry_with_the_former_name_is_not_taken_for_the_one_that_has_moved(self, tree):
        former = tree.person("former", userPassword="right")
        entry_id = tree.id_of(former)
        moved = tree.rename(former, "uid=moved-away")
        tree.person("former", userPassword="of another")

        directory = opened(tree)

        assert directory.bind(login(tree, dn=former, entry_id=entry_id, password="of another")) == "refused"
        assert directory.bind(login(tree, dn=former, entry_id=entry_id)) == "accepted"
        for each in (former, moved):
            tree.delete(each)

    def test_a_server_that_is_down_is_unreachable(self, tree):
        assert opened(tree, directoryPort=1).bind(login(tree)) == "unreachable"

    def test_a_server_that_does_not_answer_is_silent_in_time(self, tree, silent_port):
        started = time.monotonic()

        outcome = opened(tree, directoryPort=silent_port).bind(login(tree, seconds=0.5))

        assert outcome == "silent"
        assert time.monotonic() - started < 2

    def test_a_wrong_certificate_is_unreachable_and_gets_no_password(self, tree):
        port = tree.server.tls_port

        assert opened(tree, sslRequired=True, directoryPort=port).bind(login(tree)) == "unreachable"
        trusting = opened(tree, {"ca_file": tree.server.ca_file}, sslRequired=True, directoryPort=port)
        assert trusting.bind(login(tree)) == "accepted"

    def test_starttls_is_used_where_the_file_says_so(self, tree):
        options = {"ca_file": tree.server.ca_file, "tls": "starttls"}

        assert opened(tree, options).bind(login(tree)) == "accepted"
        assert opened(tree, {"tls": "starttls"}).bind(login(tree)) == "unreachable"

    def test_a_target_that_is_not_allowed_is_not_connected_to(self, tree):
        def refuse(host, port):
            raise DirectoryProblem("unreachable", f"{host}:{port} is not allowed.")

        directory = opened(tree, {"check_target": refuse})

        assert directory.bind(login(tree)) == "unreachable"
        with pytest.raises(DirectoryError, match="is not allowed"), directory.reader():
            pass

    def test_a_login_takes_little_longer_than_a_plain_bind(self, tree):
        dn = f"uid=ann,{tree.people}"
        directory = opened(tree)
        plain, ours = [], []
        for _ in range(20):
            started = time.perf_counter()
            tree.server.connect(dn, "right").unbind_s()
            plain.append(time.perf_counter() - started)
            started = time.perf_counter()
            assert directory.bind(login(tree)) == "accepted"
            ours.append(time.perf_counter() - started)

        assert sorted(ours)[10] < sorted(plain)[10] + 0.02


class TestChecks:
    def test_a_check_names_what_it_finds(self, tree):
        lines = list(opened(tree, baseDn=tree.base).checks())

        text = "\n".join(lines)
        assert "without encryption" in text
        assert f"accepts the bind of {tree.agent_dn}" in text
        assert f"has the entry {tree.people}" in text
        assert "syncrepl" in text
        assert "matches 3 accounts" in text or "matches 2 accounts" in text
        assert "matches 1 group" in text
        assert PASSWORD not in text

    @pytest.mark.parametrize(
        ("config", "said"),
        [
            ({"directoryPort": 1}, "does not answer"),
            ({"agentUserDnPassword": "wrong-pass"}, "refused the DN or the password"),
            ({"baseDn": "dc=nowhere,dc=test"}, "dc=nowhere,dc=test"),
            ({"accounts": {"objectFilter": "(uid=nothing)"}}, "matches no entry"),
            ({"accounts": {"emailRdn": "telexNumber"}}, "telexNumber"),
            ({"sslRequired": True}, "TLS"),
        ],
    )
    def test_a_check_ends_at_the_first_problem_with_its_reason(self, tree, config, said):
        with pytest.raises(DirectoryError) as caught:
            list(opened(tree, **config).checks())

        assert said in str(caught.value)
        assert "wrong-pass" not in str(caught.value)

    def test_a_configuration_that_no_server_can_have_is_refused(self, tree):
        with pytest.raises(DirectoryError, match="directoryHost"):
            opened(tree, directoryHost="ldap://127.0.0.1")


@pytest.fixture
def wire(tree):
    found = AgentWire()
    found.config = tree.configuration()["config"]
    return found


@pytest.fixture
def program(wire):
    started = AgentProgram(
        lambda stopping: ServiceClient(wire.executor(), stopping),
        LdapDirectory.open,
        Options(wait=5, retries=(0.05, 0.1), longest_pause=0.1),
    )
    started.start()
    yield started
    wire.closes()
    started.stop()
    started.join(5)


class TestProgram:
    def test_the_entries_of_the_server_are_sent_and_what_changes_after_them(self, wire, tree, program):
        wire.waits_for(lambda: wire.ended)
        names = {each["username"] for each in wire.accounts.values()}
        assert names >= {"ann", "bob"}
        (staff,) = (each["id"] for each in wire.groups.values() if each["name"] == "staff")
        keys = {each["dnKey"] for each in wire.accounts.values() if each["username"] in ("ann", "bob")}
        assert set(wire.members[staff]) == keys

        joe = tree.person("joe")
        wire.asks_for_a_run()
        wire.waits_for(lambda: len(wire.ended) == 2)
        assert wire.runs[-1]["kind"] == "incremental"
        assert "joe" in {each["username"] for each in wire.accounts.values()}

        tree.delete(joe)
        wire.asks_for_a_run()
        wire.waits_for(lambda: len(wire.ended) == 3)
        assert "joe" not in {each["username"] for each in wire.accounts.values()}

    def test_a_problem_is_the_status_until_the_configuration_is_right(self, wire, tree, program):
        wire.waits_for(lambda: wire.ended)

        wire.changes_configuration("version-2", agentUserDnPassword="wrong-pass")
        wire.waits_for(lambda: "agentUserDnPassword" in (wire.status["reason"] or ""))
        assert "wrong-pass" not in wire.status["reason"]

        wire.changes_configuration("version-3", agentUserDnPassword=PASSWORD)
        wire.waits_for(lambda: wire.status == {"state": "ONLINE", "reason": None})
        assert threading.active_count() < 30
