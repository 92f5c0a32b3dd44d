"""Referrals are followed where the settings say so: as the same user, with no less TLS, not in circles."""

import itertools
import socket
import threading
from contextlib import suppress

import pytest

from stormpath.agent import search
from stormpath.agent.connection import DirectoryProblem, DirectorySettings, connect
from support.slapd_server import PASSWORD, Tree

FOLLOWED = {"referralMode": "follow"}


@pytest.fixture
def other(slapd_server):
    """Another part of the tree, where the agent of the first one may read."""
    return slapd_server.own_base()


def refer(tree, *urls, name="elsewhere"):
    return tree.add(f"ou={name},{tree.people}", objectClass=["referral", "extensibleObject"], ref=urls)


def url_of(tree, *, base=None, scheme="ldap", rest=""):
    port = tree.server.port if scheme == "ldap" else tree.server.tls_port
    return f"{scheme}://127.0.0.1:{port}/{base or tree.people}{rest}"


def found(tree, *, ca_file=None, check_target=None, **config):
    """Return the uids that a search of the people finds."""
    settings = DirectorySettings.from_wire({**tree.configuration(**config), "kind": "ad"})
    asked = search.Search(settings.accounts.base, settings.accounts.filter, ["uid"])
    with connect(settings, ca_file=ca_file, check_target=check_target) as connection:
        return {entry.text("uid") for entry in search.entries(connection, asked)}


def problem_of(tree, **config):
    with pytest.raises(DirectoryProblem) as failure:
        found(tree, **{**FOLLOWED, **config})
    assert PASSWORD not in str(failure.value)
    return failure.value


def test_without_a_mode_referrals_are_passed_over(tree, other):
    tree.person("ann")
    other.person("bob")
    refer(tree, url_of(other))

    assert found(tree) == {"ann"}
    assert found(tree, referralMode="ignore") == {"ann"}


@pytest.mark.parametrize("scope", ["", "??sub", "??one", "??base"])
def test_followed_referrals_add_what_lies_there_and_in_their_scope(tree, other, scope):
    tree.person("ann")
    other.person("bob")
    inner = other.add(f"ou=inner,{other.people}", objectClass="organizationalUnit")
    other.person("carl", dn=f"uid=carl,{inner}")
    refer(tree, url_of(other, rest=scope))

    there = {"": {"bob", "carl"}, "??sub": {"bob", "carl"}, "??one": {"bob"}, "??base": set()}[scope]
    assert found(tree, **FOLLOWED) == {"ann"} | there


def test_the_filter_of_a_referral_does_not_widen_the_search(tree, other):
    other.add(f"cn=printer,{other.people}", objectClass="device")
    refer(tree, url_of(other, rest="??sub?(objectClass=*)"))

    assert found(tree, **FOLLOWED) == set()


def test_a_referral_with_several_urls_names_the_same_place_once(tree, other):
    other.person("bob")
    refer(tree, "ldap://127.0.0.1:1/dc=down", url_of(other))

    assert found(tree, **FOLLOWED) == {"bob"}


def test_a_referral_at_the_base_itself_is_followed(tree, other):
    other.person("bob")
    base = refer(tree, url_of(other))

    assert found(tree, **FOLLOWED, accounts={"dnSuffix": base}) == {"bob"}
    with pytest.raises(DirectoryProblem) as failure:
        found(tree, accounts={"dnSuffix": base})
    assert failure.value.kind == "referral"


def test_a_chain_of_referrals_is_followed_and_an_endless_one_is_not(tree, slapd_server):
    trees = [tree, *(slapd_server.own_base() for _ in range(7))]
    for number, (each, following) in enumerate(itertools.pairwise(trees)):
        each.person(f"u{number}")
        if number < 5:
            refer(each, url_of(following))
    trees[5].person("last", dn=f"uid=last,{trees[5].people}")

    assert found(tree, **FOLLOWED) == {"u0", "u1", "u2", "u3", "u4", "u5", "last"}

    refer(trees[5], url_of(trees[6]))
    assert "5 referrals" in str(problem_of(tree))


def test_referrals_in_a_circle_are_found(tree, other):
    tree.person("ann")
    refer(tree, url_of(other))
    refer(other, url_of(tree).replace("ou=People", "OU = people").replace(" ", "%20"))

    problem = problem_of(tree)

    assert problem.kind == "referral"
    assert "circle" in str(problem)
    assert found(tree, **FOLLOWED, ignoreReferralIssues=True) == {"ann"}


@pytest.mark.parametrize(
    "url",
    [
        "ldap://127.0.0.1:1/dc=down",
        "http://127.0.0.1/dc=x",
        "ldapi://%2ftmp%2fsocket/dc=x",
        "ldap:///dc=nohost",
        "ldap://127.0.0.1:99999/dc=x",
        "ldap://a b/dc=x",
        "ldap://127.0.0.1:1/%ff",
        "not a URL",
    ],
)
def test_a_referral_that_cannot_be_followed_is_an_error_unless_issues_are_ignored(tree, url):
    tree.person("ann")
    refer(tree, url)

    problem = problem_of(tree)

    assert problem.kind == "referral"
    assert "ignoreReferralIssues" in str(problem)
    assert found(tree, **FOLLOWED, ignoreReferralIssues=True) == {"ann"}


def test_a_referral_goes_to_no_forbidden_target(tree, other):
    port = tree.server.port
    refer(tree, f"ldap://127.0.0.2:{port}/{other.people}")

    def own_server_only(host, to):
        if (host, to) != ("127.0.0.1", port):
            raise DirectoryProblem("unreachable", f"{host} is not allowed.")

    with pytest.raises(DirectoryProblem, match=r"127\.0\.0\.2 is not allowed"):
        found(tree, check_target=own_server_only, **FOLLOWED)


def test_over_tls_a_referral_to_a_plain_port_uses_starttls(tree, other):
    other.person("bob")
    refer(tree, url_of(other))
    tls = {"sslRequired": True, "directoryPort": tree.server.tls_port}

    assert found(tree, ca_file=tree.server.ca_file, **FOLLOWED, **tls) == {"bob"}


def test_over_tls_the_password_goes_to_no_server_without_it(tree):
    received = []

    def serve(listener):
        # After the first connection, another one finds out what is wrong with it.
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                received.append(client.recv(4096))
                client.shutdown(socket.SHUT_WR)
                client.settimeout(0.1)
                with suppress(OSError):
                    received.append(client.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        refer(tree, f"ldap://127.0.0.1:{listener.getsockname()[1]}/{tree.people}")
        with pytest.raises(DirectoryProblem):
            found(
                tree,
                ca_file=tree.server.ca_file,
                sslRequired=True,
                directoryPort=tree.server.tls_port,
                **FOLLOWED,
            )
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()

    # It was asked for StartTLS, and nothing more.
    assert b"1.3.6.1.4.1.1466.20037" in received[0]
    assert PASSWORD.encode() not in b"".join(received)


def test_a_referral_to_ldaps_checks_the_certificate(tree, other):
    other.person("bob")
    refer(tree, url_of(other, scheme="ldaps"))

    assert found(tree, ca_file=tree.server.ca_file, **FOLLOWED) == {"bob"}
    assert "certificate" in str(problem_of(tree))


def test_the_other_server_has_to_accept_the_same_user(tree, own_slapd):
    elsewhere: Tree = own_slapd().own_base()
    refer(tree, url_of(elsewhere))

    assert "refused the DN or the password" in str(problem_of(tree))
