"""Attacks on the ways into the Admin Console: what a stranger, a thief and a former administrator try."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from console.conftest import admin, colleague, foreign_admin
from console.console_emails import emails_to, link_in, text_in
from console.visitor import PASSWORD, Page, Visitor, administrators_of, new_administrator, owner
from service.calls import Api, Json, path_of
from service.concurrency import at_once
from service.factor_calls import authenticator, challenge, totp, wrong_for
from service.provider_bodies import mirror
from stormpath.cli.access_log import AccessLog
from stormpath.server.app import Service
from stormpath.server.console.login_links import LoginLinks
from stormpath.server.console.views import pages
from stormpath.server.schema.ids import new_token
from stormpath.server.security.passwords import HashGate
from support.log_lines import Lines
from support.statements import statements

__all__ = ["admin", "colleague", "foreign_admin"]

#: A test whose cases meet in the database says otherwise.
pytestmark = pytest.mark.either_database

COOKIE = "stormpath-console"
NEW_PASSWORD = "An0ther-Password!"


def unique_name() -> str:
    return f"ann-{new_token()[:12].lower()}"


def account_of(visitor: Visitor) -> Json:
    return visitor.tools.get("/accounts", email=visitor.login).items[0]


def is_let_in(visitor: Visitor) -> bool:
    return visitor.open("/me").path == "/me"


def log_in(visitor: Visitor, **wrong: str) -> Page:
    visitor.open("/login")
    right = {"tenant": visitor.tenant, "login": visitor.login, "password": PASSWORD}
    return visitor.submit("Log in", right | wrong)


@contextmanager
def service_with(service: Service, **settings: Any) -> Iterator[Service]:
    """Open the same database with other settings."""
    with closing(Service(replace(service.settings, **settings), create=False)) as found:
        yield found


def from_address(wsgi: Any, address: str) -> Callable[..., Any]:
    """Return the service as a client at that address reaches it."""
    return lambda environ, start: wsgi({**environ, "REMOTE_ADDR": address}, start)


class TestSessions:
    def test_a_cookie_that_was_planted_before_the_login_is_worth_nothing(self, api: Api):
        ann = new_administrator(api)
        ann.open("/login")
        planted = ann.cookies[COOKIE]
        log_in(ann)
        assert is_let_in(ann)

        thief = ann.anew()
        thief.cookies[COOKIE] = planted

        assert not is_let_in(thief)

    def test_a_cookie_is_worth_nothing_after_the_logout(self, admin: Visitor):
        thief = admin.anew()
        thief.cookies = dict(admin.cookies)
        admin.open("/")
        admin.submit("Logout")

        assert not is_let_in(thief)

    @pytest.mark.parametrize(
        "change",
        [
            lambda api, account: api.post(account["href"], {"password": NEW_PASSWORD}),
            lambda api, account: api.post(account["href"], {"status": "DISABLED"}),
            lambda api, account: api.post(account["href"], {"status": "LOCKED"}),
            lambda api, account: api.delete(account["href"]),
        ],
        ids=["another password", "disabled", "locked", "deleted"],
    )
    def test_a_session_ends_with_what_it_rests_on(
        self, colleague: Visitor, api: Api, change: Callable[[Api, Json], Any]
    ):
        assert is_let_in(colleague)

        assert change(api, account_of(colleague)).status < 300

        assert not is_let_in(colleague)

    @pytest.mark.parametrize("what", ["mapping", "membership", "group", "directory"])
    def test_a_session_ends_when_its_store_is_no_longer_that_of_administrators(self, api: Api, what: str):
        directory = api.directory("Staff")
        group = api.group(directory, "Operators")
        account = api.account(directory, unique_name())
        membership = api.membership(account, group)
        mapping = api.mapping(api.get("/applications", name="Stormpath").items[0], group)
        visitor = Visitor(api.wsgi, api.get(api.tenant).ok["key"], account["email"], api=api)
        log_in(visitor)
        assert is_let_in(visitor)

        match what:
            case "mapping":
                api.delete(mapping["href"])
            case "membership":
                api.delete(membership["href"])
            case "group":
                api.post(group["href"], {"status": "DISABLED"})
            case _:
                api.post(directory["href"], {"status": "DISABLED"})

        assert not is_let_in(visitor)

    def test_a_session_after_the_password_alone_reaches_no_page(self, api: Api, service: Service):
        ann = new_administrator(api)
        factor = authenticator(api, account_of(ann))
        challenge(api, factor, code=totp(factor["secret"]))
        log_in(ann)
        token = ann.csrf
        closed = [each for each in pages(service.console) if not each.public]
        assert len(closed) > 60

        for each in closed:
            path = re.sub(r"\{[^}]+\}", "x", each.path)
            for method in ("GET",) if each.post is None else ("GET", "POST"):
                if method == "GET" and each.get is None:
                    continue
                answer = ann.request("GET", path) if method == "GET" else ann.post(path, {"csrf": token})
                assert answer.status == 303, (method, path)
                assert answer.headers["location"].startswith("/login/factor"), (method, path)

    def test_a_thief_of_a_session_needs_the_password_for_what_would_last(self, admin: Visitor, api: Api):
        """A session that is older than ten minutes invites no one, adds no factor and gets no key."""
        mirrored = path_of(mirror(api, "ldap"))
        with mock.patch("stormpath.server.console.sessions.PROVED_MS", 0):
            for path, fields in (
                (
                    "/invitations",
                    {"email": "eve@example.com", "from_name": "a", "subject": "b", "message": "c"},
                ),
                ("/me/security", {"set_up": "app"}),
                ("/me/apiKeys/new", {}),
                (f"{mirrored}/agent/download", {}),
                (f"{mirrored}/agent/key", {"understood": "true"}),
                ("/me", {"email": "eve@example.com", "opened": "{}"}),
                ("/me/password", {"password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}),
            ):
                admin.open(path)
                answer = admin.post(path, {"csrf": admin.csrf, **fields})
                assert answer.status == 400, path
                assert "password is wrong" in answer.text, path

    def test_a_session_that_was_stolen_is_not_extended_by_asking_for_its_time(self, admin: Visitor):
        before = admin.open("/session").raw
        page = admin.post("/session", {"csrf": "x"})

        assert page.status == 405
        assert before.startswith(b'{"idle": 1')


class TestLogins:
    def test_what_is_wrong_with_a_login_is_not_told(self, api: Api, service: Service):
        ann = new_administrator(api)
        disabled = new_administrator(api, "dan", status="DISABLED")
        directory = api.directory("People")
        api.account(directory, "joe")
        wrong: list[dict[str, str]] = [
            {"tenant": "no-such-tenant"},
            {"login": "unknown@example.com"},
            {"password": "wrong"},
            {"login": disabled.login},
            {"login": "joe@example.com"},
        ]

        answers = []
        for each in wrong:
            page = log_in(ann.anew(), **each)
            answers.append((page.status, re.sub(r'value="[^"]*"', "", page.raw.decode())))

        assert len(set(answers)) == 1
        assert answers[0][0] == 400

    def test_each_login_takes_the_same_work(self, api: Api, service: Service):
        ann = new_administrator(api)
        verified: list[str] = []
        match_password = HashGate.match

        def counted(self: HashGate, *arguments: Any, **more: Any) -> Any:
            verified.append("hash")
            return match_password(self, *arguments, **more)

        wrongs = ({"tenant": "no-such-tenant"}, {"login": "unknown@example.com"}, {"password": "wrong"})
        for each in wrongs:
            # The kinds of hashes in a directory are looked up once a minute.
            log_in(ann.anew(), **each)
        work = []
        for wrong in wrongs:
            visitor = ann.anew()
            visitor.open("/login")
            fields = {"tenant": ann.tenant, "login": ann.login, "password": PASSWORD} | wrong
            verified.clear()
            with mock.patch.object(HashGate, "match", counted), statements(service) as sent:
                visitor.submit("Log in", fields)
            work.append((len(verified), len(sent)))

        assert work[0][0] == 1
        assert len({hashes for hashes, _ in work}) == 1
        assert max(each for _, each in work) - min(each for _, each in work) <= 1, work

    def test_guesses_at_one_administrator_are_limited(self, api: Api, service: Service):
        ann = new_administrator(api)
        for _ in range(service.settings.guesses_per_account):
            assert log_in(ann.anew(), password="wrong").status == 400

        page = log_in(ann.anew())

        assert page.status == 429
        assert int(page.headers["retry-after"]) > 0
        assert "Too many logins have failed." in page.text

    def test_guesses_from_one_address_are_limited_and_those_behind_a_proxy_are_not_one_address(
        self, api: Api, service: Service
    ):
        ann = new_administrator(api)
        with service_with(service, guesses_per_address=3, guesses_per_account=0) as strict:
            for address, status in (
                ("9.9.9.9", 429),
                ("10.0.0.1", 400),
                ("127.0.0.1", 400),
                ("::1", 400),
            ):
                stranger = Visitor(from_address(strict, address), ann.tenant)
                for _ in range(3):
                    log_in(stranger.anew(), login=f"{unique_name()}@example.com", tenant=ann.tenant)
                page = log_in(stranger.anew(), login="x@example.com", tenant=ann.tenant)
                assert page.status == status, address

    def test_guesses_at_a_second_factor_are_limited_over_all_logins(self, api: Api, service: Service):
        ann = new_administrator(api)
        factor = authenticator(api, account_of(ann))
        challenge(api, factor, code=totp(factor["secret"]))
        wrong = wrong_for(totp(factor["secret"], time.time() + 30))

        statuses: list[int] = []
        for _ in range(3):
            visitor = ann.anew()
            log_in(visitor)
            statuses += [visitor.submit("Log in", {"code": wrong}).status for _ in range(4)]

        assert statuses[:10] == [400] * 10
        assert statuses[10:] == [429] * 2

    def test_guesses_at_the_password_of_a_stolen_session_are_limited(self, admin: Visitor, service: Service):
        statuses = []
        for _ in range(service.settings.guesses_per_account + 1):
            admin.open("/me/password")
            new = {"password_again": "wrong", "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
            statuses.append(admin.submit("Change Password", new).status)

        assert statuses == [400] * service.settings.guesses_per_account + [429]

    @pytest.mark.parametrize("field", ["tenant", "login", "password"])
    def test_a_long_text_is_refused_before_it_is_worked_on(self, api: Api, service: Service, field: str):
        ann = new_administrator(api)
        ann.open("/login")
        token = ann.csrf

        long = ann.post(
            "/login", {"csrf": token, "tenant": "a", "login": "b", "password": "c", field: "x" * 9000}
        )
        longest = ann.post("/login", {"csrf": token, field: "x" * 20_000})

        assert long.status == 400
        assert longest.status == 413


class TestForms:
    def test_a_login_is_forged_by_no_other_page(self, admin: Visitor, api: Api):
        """A victim who is logged in as the attacker would enter secrets into the attacker's account."""
        victim = admin.anew()
        fields = {"tenant": admin.tenant, "login": admin.login, "password": PASSWORD}
        other = admin.anew()
        other.open("/login")
        victim.open("/login")
        before = dict(victim.cookies)
        forged: list[tuple[dict[str, str], dict[str, str]]] = [
            ({}, {}),
            ({"csrf": other.csrf}, {}),
            ({"csrf": victim.csrf}, {"Origin": "https://evil.example.com"}),
            ({"csrf": victim.csrf}, {"Origin": "null"}),
            ({"csrf": victim.csrf}, {"Sec-Fetch-Site": "cross-site"}),
            ({"csrf": victim.csrf}, {"Content-Type": "text/plain"}),
            ({"csrf": victim.csrf}, {"Content-Type": "application/json"}),
        ]

        for more, headers in forged:
            answer = victim.post("/login", {**fields, **more}, **headers)
            assert answer.status in (403, 415), (more, headers)
            assert victim.cookies == before

    @pytest.mark.parametrize("base", ["http://localhost:8080/v1", "https://id.example.com/v1"])
    def test_the_cookies_are_for_this_host_and_no_script(self, api: Api, service: Service, base: str):
        ann = new_administrator(api)
        sent: list[tuple[str, str]] = []
        with service_with(service, base_url=base) as found:

            def wsgi(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
                def start_and_note(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                    sent.extend(headers)
                    return start(line, headers, *rest)

                return found(environ, start_and_note)

            visitor = Visitor(wsgi, ann.tenant, ann.login, origin=base.removesuffix("/v1"))
            visitor.open("/login")
            answer = visitor.post(
                "/login",
                {"csrf": visitor.csrf, "tenant": ann.tenant, "login": ann.login, "password": PASSWORD},
            )
            assert answer.status == 303

            is_secure = base.startswith("https")
            assert (f"__Host-{COOKIE}" if is_secure else COOKIE) in visitor.cookies
            cookies = [value for name, value in sent if name.lower() == "set-cookie"]
            assert len(cookies) == 3
            for cookie in cookies:
                attributes = {each.strip().partition("=")[0].lower() for each in cookie.split(";")[1:]}
                assert {"httponly", "samesite", "path"} <= attributes, cookie
                assert "domain" not in attributes
                # It ends with the browser.
                assert not {"expires", "max-age"} & attributes
                assert ("secure" in attributes) == is_secure
                assert "samesite=lax" in cookie.lower()

    def test_a_login_leads_to_no_other_site(self, api: Api):
        ann = new_administrator(api)
        for target in ("https://evil.example.com", "//evil.example.com", "/\\evil.example.com", "/a\nb"):
            visitor = ann.anew()
            visitor.open("/login", next=target)
            answer = visitor.post(
                "/login",
                {
                    "csrf": visitor.csrf,
                    "tenant": ann.tenant,
                    "login": ann.login,
                    "password": PASSWORD,
                    "next": target,
                },
            )
            assert answer.headers["location"] == "/"


class TestLinks:
    def test_no_header_of_a_request_gets_into_an_email(self, api: Api, service: Service):
        ann = new_administrator(api, unique_name())
        visitor = replace(ann.anew(), origin="http://evil.example.com")
        for path, fields in (
            ("/forgotLogin", {"tenant": ann.tenant, "email": ann.login}),
            ("/forgotTenant", {"email": ann.login}),
        ):
            visitor.open(path)
            headers = {"X-Forwarded-Host": "evil.example.com", "Forwarded": "host=evil.example.com"}
            visitor.post(path, {"csrf": visitor.csrf, **fields}, **headers)

        found = emails_to(service, ann.login)
        assert len(found) == 2
        for each in found:
            assert "evil" not in f"{each.text}{each.html}"
            assert "http://localhost:8080/" in text_in(each)

    def test_reading_a_page_spends_no_link(self, admin: Visitor, service: Service):
        address = f"{unique_name()}@example.com"
        link = invitation(admin, service, address)
        token = service.console.login_links.new()

        for path in (link, f"/login/link?token={token}"):
            for _ in range(3):
                assert admin.anew().open(path).status == 200
                assert admin.anew().request("HEAD", path).status in (200, 405)

    @pytest.mark.both_databases
    def test_an_invitation_makes_one_account_however_many_use_it(self, admin: Visitor, service: Service):
        address = f"{unique_name()}@example.com"
        link = invitation(admin, service, address)
        visitors = many(admin.anew(), link)
        person = {"givenName": "Eve", "surname": "Fox", "password": PASSWORD, "confirmation": PASSWORD}

        answers = at_once(
            [lambda v=each: v.post(link, {"csrf": v.csrf, **person}) for each in visitors]  # type: ignore[misc]
        )

        statuses = Counter(each.status for each in answers)
        assert statuses[303] == 1, statuses
        assert set(statuses) <= {303, 404, 409}
        directory = administrators_of(admin.tools)
        assert admin.tools.get(directory["accounts"]["href"], email=address).ok["size"] == 1

    @pytest.mark.both_databases
    def test_a_registration_makes_one_tenant_however_many_confirm_it(self, service: Service):
        with service_with(service, console_registration=True) as found:
            email, visitor = f"{unique_name()}@example.com", Visitor(found)
            visitor.open("/register")
            person = {"givenName": "Rey", "surname": "Sky", "company": "Acme", "email": email}
            visitor.submit("Start", {**person, "password": PASSWORD, "confirmation": PASSWORD})
            link = link_in(emails_to(found, email)[0])
            token = link.partition("=")[2]
            visitors = many(Visitor(found), link)

            answers = at_once(
                [
                    lambda v=each: v.post(  # type: ignore[misc]
                        "/register/confirm", {"csrf": v.csrf, "sptoken": token, "password": PASSWORD}
                    )
                    for each in visitors
                ]
            )

            statuses = Counter(each.status for each in answers)
            assert statuses[303] == 1, statuses
            # Others come too late, or wait for as many hashes as are allowed for one link.
            assert set(statuses) <= {303, 404, 429, 503}
            accounts = found.database.tables.of["account"]
            with found.database.connect() as connection:
                rows = connection.execute(accounts.select().where(accounts.c.email == email)).all()
            assert len(rows) == 1

    def test_a_code_logs_in_one_of_many_who_send_it(self, api: Api):
        ann = new_administrator(api)
        factor = authenticator(api, account_of(ann))
        challenge(api, factor, code=totp(factor["secret"]))
        visitors = [ann.anew() for _ in range(4)]
        for each in visitors:
            log_in(each)
        code = totp(factor["secret"], time.time() + 30)

        at_once([lambda v=each: v.submit("Log in", {"code": code}) for each in visitors])  # type: ignore[misc]

        assert sum(is_let_in(each) for each in visitors) == 1

    def test_a_login_link_is_spent_by_one_of_twenty(self):
        links = LoginLinks()
        token = links.new()

        spent = at_once([lambda: links.spend(token) for _ in range(20)])  # type: ignore[arg-type, misc, return-value]

        assert Counter(spent) == {True: 1, False: 19}

    def test_a_login_link_ends_with_its_time_and_those_that_wait_are_few(self):
        now = [0.0]
        links = LoginLinks(lifetime=300, clock=lambda: now[0])
        first, *others = [links.new() for _ in range(11)]
        assert not links.spend(first)
        now[0] = 299
        assert links.spend(others[0])
        now[0] = 301

        assert not any(links.spend(each) for each in [*others, "", "é\udcff"])

    def test_a_token_of_one_purpose_opens_no_other(self, admin: Visitor, api: Api, service: Service):
        address = f"{unique_name()}@example.com"
        invitation_token = invitation(admin, service, address).rpartition("/")[2]
        visitor = admin.anew()
        visitor.open("/forgotLogin")
        name = unique_name()
        ann = new_administrator(api, name)
        visitor.submit("Send the e-mail", {"tenant": ann.tenant, "email": ann.login})
        reset_token = link_in(emails_to(service, ann.login)[0]).partition("sptoken=")[2]

        assert visitor.open(f"/invitations/{reset_token[:100]}").status == 404
        assert visitor.open(f"/login/link?token={invitation_token}").status == 404
        assert visitor.open(f"/passwordReset?sptoken={invitation_token}").status == 404
        own = service.console.login_links.new()
        assert visitor.open(f"/invitations/{own}").status == 404

    def test_an_invitation_of_another_tenant_is_not_withdrawn(
        self, admin: Visitor, foreign_admin: Visitor, service: Service
    ):
        link = invitation(admin, service, f"{unique_name()}@example.com")
        listed = admin.open("/invitations").raw.decode()
        id = re.findall(r'name="withdraw" value="([^"]+)"', listed)[0]
        foreign_admin.open("/invitations")

        answer = foreign_admin.post("/invitations", {"csrf": foreign_admin.csrf, "withdraw": id})

        assert answer.status == 404
        assert admin.anew().open(link).status == 200

    def test_a_token_is_in_no_log_and_not_in_the_list_of_invitations(
        self, admin: Visitor, service: Service, lines: Lines
    ):
        token = invitation(admin, service, f"{unique_name()}@example.com").rpartition("/")[2]
        Visitor(AccessLog(service)).open(f"/invitations/{token}")

        assert token not in admin.open("/invitations").raw.decode()
        assert "/invitations/***" in lines.text
        assert token not in lines.text


def many(visitor: Visitor, link: str, number: int = 20) -> list[Visitor]:
    """Return so many tabs of a browser in which a page is open."""
    visitor.open(link)
    return [replace(visitor, cookies=dict(visitor.cookies)) for _ in range(number)]


def invitation(admin: Visitor, service: Service, address: str) -> str:
    """Invite an address, and return the link of the e-mail."""
    admin.open("/invitations")
    assert "on its way" in admin.submit("Send Invitations", {"email": address}).text
    return link_in(emails_to(service, address)[0])


def test_letters_that_fold_to_those_of_a_tenant_are_no_fault(service: Service, api: Api):
    tenants = service.database.tables.of["tenant"]
    key = f"desk-{api.tenant_id.lower()}"
    with service.database.transaction() as connection:
        connection.execute(tenants.update().where(tenants.c.id == api.tenant_id).values(key=key, key_key=key))
    person = owner(api)
    # The sign of Kelvin, and the long s.
    person.tenant = key.replace("k", "\u212a").replace("s", "\u017f")

    assert person.log_in().status == 200
    assert person.cookies["stormpath-tenant"] == key
