"""Connections to a domain controller, and its referrals to other parts of the forest."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from stormpath.agent.active_directory import domain_controller, foreign_referrals
from stormpath.agent.active_directory.usn import UsnTracker
from stormpath.agent.connection import DirectoryProblem, connect
from support import certificates
from support.active_directory import Connect, Tree, told
from support.agent_mirror import Mirror


def problem_of(settings, **options) -> DirectoryProblem:
    with pytest.raises(DirectoryProblem) as raised:
        connect(settings, **options).close()
    assert settings.password not in str(raised.value)
    return raised.value


def test_a_certificate_of_another_authority_is_refused(tree: Tree, tmp_path: Path):
    other = certificates.self_signed(tmp_path)

    assert problem_of(tree.settings(), ca_file=other).kind == "certificate"


def test_a_certificate_for_another_name_is_refused(tree: Tree):
    settings = tree.settings(directoryHost="localhost")

    assert problem_of(settings, ca_file=tree.server.ca_file).kind == "certificate"


def test_starttls_works(tree: Tree):
    settings = tree.settings(directoryPort=tree.server.port)

    connect(settings, ca_file=tree.server.ca_file, tls="starttls").close()


def test_a_password_without_tls_is_refused_by_the_server_with_advice(tree: Tree):
    problem = problem_of(tree.settings(directoryPort=tree.server.port, sslRequired=False))

    assert "set sslRequired to true" in problem.message


@pytest.mark.parametrize("user", ["EXAMPLE\\Administrator", "administrator@AD.EXAMPLE.TEST"])
def test_the_agent_may_log_in_by_other_names_than_a_dn(tree: Tree, connected: Connect, user: str):
    connected(tree.settings(agentUserDn=user))


def test_a_wrong_password_of_the_agent_is_told(tree: Tree):
    problem = problem_of(tree.settings(agentUserDnPassword="wr0ng-secret"), ca_file=tree.server.ca_file)

    assert problem.kind == "bind_refused"
    assert "Check agentUserDn and agentUserDnPassword" in problem.message


class TestTheRootOfADomain:
    """Each search there refers to the configuration and to zones, by a name that nothing resolves here."""

    @pytest.fixture
    def of_root(self, tree: Tree, connected: Connect, monkeypatch: pytest.MonkeyPatch):
        # A name server that does not answer is not waited for.
        monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
        mark = secrets.token_hex(8)
        self.ann = tree.user("ann", description=mark)

        def tracker(**config) -> UsnTracker:
            settings = tree.settings(
                baseDn=tree.server.base,
                accounts={"dnSuffix": "", "objectFilter": f"(description={mark})"},
                groups={"dnSuffix": tree.groups},
                **config,
            )
            return UsnTracker(connected(settings), settings)

        return tracker

    @pytest.mark.parametrize(
        "config",
        [{"referralMode": "ignore"}, {"referralMode": "follow", "ignoreReferralIssues": True}],
        ids=["ignored", "issues ignored"],
    )
    def test_is_read_without_what_it_refers_to(self, tree: Tree, of_root, mirror: Mirror, config):
        tracker = of_root(**config)
        mirror.synchronize(tracker)
        assert list(mirror.accounts) == [tree.id(self.ann)]
        tree.change(self.ann, givenName="Other")

        outcome = mirror.synchronize(tracker)

        assert told(mirror) == {"account": [tree.id(self.ann)]}
        assert not outcome.is_complete

    def test_is_not_read_where_referrals_count(self, of_root, mirror: Mirror):
        with pytest.raises(
            DirectoryProblem, match=r"refers to ldaps://ad\.example\.test.*cannot be followed"
        ) as problem:
            mirror.synchronize(of_root(referralMode="follow"))

        assert problem.value.kind == "referral"
        assert "ignoreReferralIssues" in problem.value.message

    def test_has_no_referral_to_other_servers(self, tree: Tree, connected: Connect):
        connection = connected(tree.settings())
        server = domain_controller.read(connection)

        assert foreign_referrals.reference(connection, tree.server.base, server) is None
        # As the server of another domain sees it.
        other = replace(server, naming_contexts=server.naming_contexts[:2])
        assert "DnsZones," in (foreign_referrals.reference(connection, tree.server.base, other) or "")
