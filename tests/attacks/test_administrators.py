"""One administrator's API key is not the key of all: another's keys and password need the owner.

The ways in are walked along the OpenAPI document: whatever it describes is tried on the owner's resources.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from service.calls import Answer, Api, Json, id_of, link, query_string
from service.description import CheckedApi, Description, Operation
from service.examples import Examples
from service.factor_calls import authenticator, challenge, new_factor, recovery_codes, sms_factor
from service.password_resets import ask
from service.tenant_rows import rows_of
from service.tenant_setup import context_of, new_api_key
from stormpath.server.app import Service
from support.statements import statements

pytestmark = pytest.mark.either_database

WARNINGS = "stormpath.server.resources.policies.administrators"
ENCRYPTED = {"encryptSecret": "true", "encryptionKeySalt": "8vFBRGz8UCqe3U7JRP0Ixw"}


@dataclass
class Team:
    """The administrators of a tenant: its owner, and two others with an API key each."""

    service: Service
    owner: Api
    sam: Api
    directory: Json
    application: Json
    accounts: dict[str, Json]
    keys: dict[str, Json]

    def secret(self, name: str) -> str:
        """Return the secret of an administrator's key."""
        return str(self.owner.get(self.keys[name]["href"]).ok["secret"])

    def state(self, *tables: str) -> dict[str, list[Json]]:
        return {table: rows_of(self.service, self.owner.tenant_id)[table] for table in tables}


def as_caller(api: Api, key_id: str, secret: str) -> Api:
    return Api(api.wsgi, api.base_url, api.tenant_id, key_id, secret)


@pytest.fixture
def team(service: Service, api: Api) -> Team:
    (directory,) = api.get("/directories", name="Stormpath Administrators").items
    (application,) = api.get("/applications", name="Stormpath").items
    (owner,) = api.get(directory["accounts"]["href"]).items
    accounts = {"owner": owner} | {each: api.account(directory, each) for each in ("sam", "kim")}
    for each in ("sam", "kim"):
        new_api_key(service, api.tenant_id, id_of(accounts[each]))
    keys = {name: api.get(each["apiKeys"]["href"]).items[0] for name, each in accounts.items()}
    sam = as_caller(api, keys["sam"]["id"], keys["sam"]["secret"])
    return Team(service, api, sam, directory, application, accounts, keys)


@pytest.fixture
def shared(team: Team) -> Team:
    """The same administrators in a tenant like those from before the setting."""
    assert team.owner.post(team.owner.tenant, {"administrators": "shared"}).ok["administrators"] == "shared"
    return team


class TestSecretsOfKeys:
    def test_a_key_shows_its_own_secret_and_none_of_others(self, team: Team):
        for name, key in team.keys.items():
            seen = team.sam.get(key["href"]).ok
            assert seen["secret"] == (key["secret"] if name == "sam" else None)
            assert {**seen, "secret": ""} == {**key, "secret": ""}

    def test_the_owner_reads_them_all(self, team: Team):
        for name, account in team.accounts.items():
            assert team.owner.get(account["apiKeys"]["href"]).items == [team.keys[name]]

    def test_keys_of_other_accounts_are_as_before(self, team: Team):
        application, directory = team.sam.application_with_directory()
        account = team.sam.account(directory)

        key = team.sam.api_key(account)

        assert team.sam.get(key["href"]).ok == team.owner.get(key["href"]).ok == key
        assert team.sam.get(application["apiKeys"]["href"], id=key["id"]).items == [key]
        assert len(key["secret"]) > 40

    def test_no_entity_tag_tells_a_secret(self, team: Team):
        href = team.keys["owner"]["href"]

        for caller in (team.owner, team.sam):
            answer = caller.request("GET", href, headers={"If-None-Match": "*"})
            assert answer.status == 200
            assert "etag" not in answer.headers
            assert answer.headers["cache-control"] == "no-store"

    def test_a_list_is_followed_to_its_end(self, team: Team):
        for _ in range(4):
            team.owner.api_key(team.accounts["owner"])

        keys = team.sam.every(team.accounts["owner"]["apiKeys"]["href"], limit=2)

        assert [each["secret"] for each in keys] == [None] * 5
        inline = team.sam.get(team.accounts["owner"]["href"], expand="apiKeys(limit:2)").ok["apiKeys"]
        rest = team.sam.get(inline["next"]["href"]).ok
        assert [each["secret"] for each in inline["items"] + rest["items"]] == [None] * 4

    def test_a_repeat_of_the_owners_creation_shows_no_secret(self, team: Team):
        path = team.accounts["owner"]["apiKeys"]["href"]
        headers = {"Idempotency-Key": "overheard", "Content-Type": "application/json"}
        made = team.owner.request("POST", path, b"{}", headers=headers).made

        repeated = team.sam.request("POST", path, b"{}", headers=headers)

        assert made["secret"] not in repeated.raw.decode()
        assert team.sam.post(path, {}).error == (403, 403)


def reads(team: Team, description: Description) -> list[tuple[Operation, str, Json]]:
    """Return every GET that the document describes, on what belongs to the owner and with all expansions."""
    examples = Examples(CheckedApi.like(team.owner))
    examples.all()
    of = {
        **{kind: examples[kind] for kind in description.instances},
        "accounts": team.accounts["owner"],
        "apiKeys": team.keys["owner"],
        "directories": team.directory,
        "applications": team.application,
    }
    found = []
    for each in description:
        if each.method != "GET" or each.has_token or each.path.endswith("/current"):
            continue
        needed = dict.fromkeys(each.needs, team.keys["owner"]["id"])
        queries = [needed, {**needed, "expand": ",".join(each.expandable)}] if each.expandable else [needed]
        if "encryptSecret" in each.parameters:
            queries += [{**query, **ENCRYPTED} for query in queries]
        if each.is_list:
            # Of a hundred accounts, all collections together may hold more than one answer does.
            queries += [{**query, "limit": 80} for query in queries]
        found += [(each, examples.path(each, of), query) for query in queries]
    return found


def test_no_path_search_or_expansion_shows_the_secret_of_another_administrator(team: Team):
    description = CheckedApi.like(team.owner).description
    secrets = [team.secret(name) for name in ("owner", "kim")]
    others = {team.keys[name]["id"] for name in ("owner", "kim")}
    shown, keys = 0, 0

    for operation, path, query in reads(team, description):
        answer = team.sam.request("GET", path, query=query_string(query))
        assert answer.status == 200, (operation, query, answer.raw)
        text = answer.raw.decode(errors="replace")
        assert not any(each in text or json.dumps(each)[1:-1] in text for each in secrets), (operation, query)
        for key in keys_in(answer):
            keys += 1
            # Nor in encrypted form: the encryption is under the caller's own secret.
            assert (key["secret"] is None) == (key["id"] in others), (operation, query)
        if keys_in(answer):
            # The walk does reach the secrets: the owner is shown them there.
            theirs = team.owner.request("GET", path, query=query_string(query)).raw.decode()
            shown += any(json.dumps(each)[1:-1] in theirs for each in secrets)

    assert shown >= 5, "no key of the owner was on the way"
    assert keys >= 10


def keys_in(answer: Answer) -> list[Json]:
    """Return the API keys in an answer, wherever they are."""

    def inside(value: object) -> list[Json]:
        if isinstance(value, list):
            return [key for each in value for key in inside(each)]
        if not isinstance(value, dict):
            return []
        own = [value] if "/apiKeys/" in str(value.get("href")) and "secret" in value else []
        return own + [key for each in value.values() for key in inside(each)]

    if not answer.headers.get("content-type", "").startswith("application/json"):
        return []
    return inside(answer.json)


class TestTakingOver:
    """Whatever another administrator could log in with afterwards."""

    @pytest.mark.parametrize("name", ["owner", "kim"])
    @pytest.mark.parametrize(
        "change",
        [
            {"password": "Ch4ngedByS@m"},
            {"password": "weak"},
            {"email": "sam2@example.com"},
            {"username": "taken.over"},
            {"givenName": "X", "email": "sam2@example.com", "password": "Ch4ngedByS@m"},
            {"status": "DISABLED"},
        ],
    )
    def test_no_identity_is_changed(self, team: Team, name: str, change: Json):
        account, before = team.accounts[name], team.state("accounts", "api_keys")

        assert team.sam.post(account["href"], change).error == (403, 403)

        assert team.state("accounts", "api_keys") == before
        assert team.owner.post(account["href"], {"password": "Ch4ngedByOwner"}).status == 200

    def test_a_name_may_be_changed_and_a_whole_account_sent_back(self, team: Team):
        kim = team.accounts["kim"]

        assert team.sam.post(kim["href"], kim).status == 200
        assert team.sam.post(kim["href"], {"surname": "Novak"}).ok["surname"] == "Novak"

    def test_ones_own_account_is_changed_as_before(self, team: Team):
        sam = team.accounts["sam"]["href"]

        assert team.sam.post(sam, {"password": "Ch4ngedByS@m", "email": "new@example.com"}).status == 200
        own = team.sam.api_key(team.accounts["sam"])
        assert team.sam.post(own["href"], {"status": "DISABLED"}).status == 200
        assert team.sam.delete(own["href"]).status == 204

    def test_no_key_is_made_changed_or_deleted(self, team: Team):
        before = team.state("accounts", "api_keys")

        for name in ("owner", "kim"):
            key = team.keys[name]["href"]
            assert team.sam.post(team.accounts[name]["apiKeys"]["href"], {}).error == (403, 403)
            for change in ({"status": "DISABLED"}, {"name": "mine"}):
                assert team.sam.post(key, change).error == (403, 403)
            assert team.sam.delete(key).error == (403, 403)
            assert team.sam.post(key, None, _method="DELETE").error == (403, 403)

        assert team.state("accounts", "api_keys") == before

    def test_no_administrator_is_deleted(self, team: Team):
        assert team.sam.delete(team.accounts["owner"]["href"]).error == (403, 4001)
        assert team.sam.delete(team.accounts["kim"]["href"]).error == (403, 403)
        assert team.owner.delete(team.accounts["kim"]["href"]).status == 204

    def test_no_reset_token_is_made(self, team: Team):
        before = team.state("workflow_tokens", "outbox")

        for name in ("owner", "kim"):
            answer = ask(team.sam, team.application, team.accounts[name]["email"])
            assert answer.error == (403, 403)
            assert b"passwordResetTokens/" not in answer.raw
        assert team.state("workflow_tokens", "outbox") == before

        token = ask(team.owner, team.application, team.accounts["kim"]["email"]).ok
        # Who has read the e-mail is the administrator, through whatever client the token comes back.
        assert team.sam.post(token["href"], {"password": "Ch4ngedByKim"}).status == 200
        assert ask(team.sam, team.application, team.accounts["sam"]["email"]).status == 200

    def test_an_old_mapping_gives_no_reset_token_either(self, service: Service, shared: Team):
        opened = shared.owner.application("Opened")
        shared.owner.mapping(opened, shared.directory)
        shared.owner.post(shared.owner.tenant, {"administrators": "separate"}).ok

        assert ask(shared.sam, opened, shared.accounts["kim"]["email"]).error == (403, 403)

    def test_no_verification_token_can_come_about(self, team: Team):
        policy = team.directory["accountCreationPolicy"]["href"]
        verification = team.application["verificationEmails"]["href"]

        assert team.sam.post(policy, {"verificationEmailStatus": "ENABLED"}).error == (403, 403)
        assert team.sam.post(verification, {"login": "kim"}).error == (400, 6101)
        assert team.owner.get(team.accounts["kim"]["href"]).ok["emailVerificationToken"] is None

    def test_no_login_is_made_to_lead_to_another_administrator(self, team: Team):
        account = team.sam.account(team.sam.directory("Mine"), "mallory")
        before = team.state("account_links")

        for left, right in ((account, team.accounts["kim"]), (team.accounts["owner"], account)):
            body = {"leftAccount": link(left), "rightAccount": link(right)}
            assert team.sam.post("/accountLinks", body).error == (403, 403)
        policy = team.application["accountLinkingPolicy"]["href"]
        assert team.sam.post(policy, {"status": "ENABLED", "matchingProperty": "email"}).error == (403, 403)

        assert team.state("account_links") == before
        team.sam.account_link(account, team.accounts["sam"])
        team.owner.account_link(account, team.owner.account(team.owner.directory("Other"), "eve"))

    def test_the_mails_of_administrators_go_through_no_server_of_another(self, team: Team):
        server = {"host": "mail.example.com", "port": 25, "username": "tenant", "password": "s3cret"}
        assert team.sam.post("/smtpServers", server).error == (403, 403)
        stored = team.owner.post("/smtpServers", server).made
        before = team.state("smtp_servers")

        assert team.sam.post(stored["href"], {"host": "elsewhere.example.com"}).error == (403, 403)
        assert team.sam.post(stored["href"], {"status": "DISABLED"}).error == (403, 403)
        assert team.sam.delete(stored["href"]).error == (403, 403)

        assert team.state("smtp_servers") == before
        (template,) = team.sam.get(
            team.sam.get(team.directory["passwordPolicy"]["href"]).ok["resetEmailTemplates"]["href"]
        ).items
        page = {"linkBaseUrl": "https://mallory.example.com/"}
        assert team.sam.post(template["href"], {"defaultModel": page}).error == (403, 403)

    def test_the_setting_is_the_owners(self, team: Team):
        for value in ("shared", "SHARED"):
            assert team.sam.post(team.owner.tenant, {"administrators": value}).error == (403, 403)
        assert team.sam.post(team.owner.tenant, {"administrators": "none"}).error == (400, 2003)
        whole = team.sam.get(team.owner.tenant).ok
        assert whole["administrators"] == "separate"
        assert team.sam.post(team.owner.tenant, {**whole, "name": "Renamed"}).ok["name"] == "Renamed"


@pytest.mark.sampled(larger=())
def test_no_described_write_reaches_another_administrator(
    team: Team, sample_of: Callable[[Iterable[Any]], list[Any]]
):
    """Every POST and DELETE on the owner's resources, with each attribute alone and a body of them all."""
    examples = Examples(CheckedApi.like(team.owner))
    examples.all()
    owner, kim = id_of(team.accounts["owner"]), id_of(team.accounts["kim"])
    of = {
        **{kind: examples[kind] for kind in examples.description.instances},
        "accounts": team.accounts["owner"],
        "apiKeys": team.keys["owner"],
        "tenants": {"href": team.owner.tenant},
        "applications": team.application,
        "directories": team.directory,
    }

    def identities() -> list[tuple[object, ...]]:
        accounts, keys, links = team.state("accounts", "api_keys", "account_links").values()
        names = ("id", "username", "email", "password_hash", "status", "email_verification_token")
        return [
            *(tuple(each[name] for name in names) for each in accounts if each["id"] in (owner, kim)),
            *(tuple(each.values()) for each in keys if each["account_id"] in (owner, kim)),
            *(tuple(each.values()) for each in links if {owner, kim} & set(each.values())),
            *(
                (each["digest"],)
                for each in team.state("workflow_tokens")["workflow_tokens"]
                if each["account_id"] in (owner, kim)
            ),
            *((each["administrators"],) for each in team.state("tenants")["tenants"]),
        ]

    # All are made before the first is sent: it may forbid what another needs.
    described = [each for each in examples.description if each.method != "GET" and not each.has_token]
    writes = [(each, examples.path(each, of), bodies(team, examples, each)) for each in sample_of(described)]
    before, tried = identities(), 0
    for each, path, sent in writes:
        for body in sent:
            team.sam.request(
                each.method,
                path,
                b"" if body is None else json.dumps(body).encode(),
                headers={} if body is None else {"Content-Type": "application/json"},
            )
            tried += 1
        # A tenant may lose its other resources: they are the work of every administrator.
        assert identities() == before, (each, path)

    assert tried > len(writes) > len(described) / 4


def bodies(team: Team, examples: Examples, operation: Operation) -> list[Json | None]:
    """Return the bodies to send: all attributes, and each alone; links lead to the owner where they can."""
    if operation.method == "DELETE" or operation.body is None:
        return [None]
    whole = examples.body(operation)
    for name, value in whole.items():
        if isinstance(value, dict) and "/accounts/" in str(value.get("href")):
            whole[name] = link(team.accounts["owner"])
        elif name in ("email", "login"):
            whole[name] = team.accounts["owner"]["email"]
    return [whole, *({name: value} for name, value in whole.items())]


class TestSecondFactors:
    """Factors of another administrator: their keys would let a caller answer for that person."""

    def test_no_key_is_shown_and_nothing_is_changed(self, team: Team):
        for name in ("owner", "kim"):
            account = team.accounts[name]
            app, phone = authenticator(team.owner, account), sms_factor(team.owner, account)
            before = team.state("factors", "phones")

            for where in (app["href"], account["factors"]["href"], f"{account['href']}?expand=factors"):
                seen = team.sam.get(where)
                assert seen.status == 200
                assert app["secret"] not in seen.raw.decode()
                assert app["secret"] in team.owner.get(where).raw.decode()
            inline = team.sam.get(app["href"], expand="account").ok
            assert [inline[each] for each in ("secret", "keyUri", "base64QRImage")] == [None] * 3
            for kind in ("google-authenticator", "recovery-codes"):
                assert new_factor(team.sam, account, kind).error == (403, 403)
            assert team.sam.post(account["phones"]["href"], {"number": "+12675555556"}).error == (403, 403)
            for each in (app, phone, phone["phone"]):
                assert team.sam.post(each["href"], {"status": "DISABLED"}).error == (403, 403)
                assert team.sam.delete(each["href"]).error == (403, 403)
            assert team.state("factors", "phones") == before

    def test_ones_own_are_as_before_and_a_login_may_go_through_any_key(self, team: Team):
        own = authenticator(team.sam, team.accounts["sam"])
        assert team.sam.get(own["href"]).ok == own
        assert team.sam.delete(own["href"]).status == 204

        codes = recovery_codes(team.owner, team.accounts["kim"])
        assert challenge(team.sam, codes, code=codes["codes"][0]).made["status"] == "SUCCESS"


class TestOpenApplications:
    """The administrators' directory, a group of it or an organization with it, where others can log in."""

    def stores(self, team: Team) -> list[Json]:
        return [team.directory, team.owner.group(team.directory, "Helpers")]

    def test_none_is_mapped_to_another_application_or_an_organization(self, team: Team):
        application, organization = team.owner.application(), team.owner.organization()

        for caller in (team.owner, team.sam):
            for store in self.stores(team) if caller is team.owner else [team.directory]:
                body = {"application": link(application), "accountStore": link(store)}
                assert caller.post("/accountStoreMappings", body).error == (403, 403)
                body = {"organization": link(organization), "accountStore": link(store)}
                assert caller.post("/organizationAccountStoreMappings", body).error == (403, 403)

        assert team.owner.get(application["accountStoreMappings"]["href"]).items == []
        assert team.owner.get(organization["accountStoreMappings"]["href"]).items == []

    def test_groups_of_it_may_be_mapped_to_the_services_own(self, team: Team):
        _, group = self.stores(team)

        team.owner.mapping(team.application, group)

    def test_where_they_are_shared_it_is_logged(self, shared: Team, caplog: pytest.LogCaptureFixture):
        application, organization = shared.owner.application("Atlas"), shared.owner.organization("Acme")
        directory, group = self.stores(shared)

        for store in (directory, group):
            shared.owner.mapping(application, store)
            shared.owner.organization_mapping(organization, store)
        shared.owner.mapping(shared.owner.application("Second"), organization)

        warnings = [each.getMessage() for each in caplog.records if each.name == WARNINGS]
        assert len(warnings) == 5
        assert sum("the application 'Atlas'" in each for each in warnings) == 2
        assert sum("the organization 'Acme'" in each for each in warnings) == 2
        assert sum("the application 'Second'" in each for each in warnings) == 1

    def test_an_old_one_is_kept_and_named_when_they_are_separated(
        self, shared: Team, caplog: pytest.LogCaptureFixture
    ):
        application, organization = shared.owner.application("Atlas"), shared.owner.organization("Acme")
        mapping = shared.owner.mapping(application, shared.directory)
        shared.owner.organization_mapping(organization, shared.owner.group(shared.directory))
        caplog.clear()

        shared.owner.post(shared.owner.tenant, {"administrators": "separate"}).ok

        warnings = [each.getMessage() for each in caplog.records if each.name == WARNINGS]
        assert [each.partition(" can log in to ")[2].partition(",")[0] for each in warnings] == [
            "the application 'Atlas'",
            "the organization 'Acme'",
        ]
        assert shared.owner.log_in(application, "kim").status == 200
        # An organization that holds administrators is no way around.
        body = {"application": link(application), "accountStore": link(organization)}
        assert shared.owner.post("/accountStoreMappings", body).error == (403, 403)
        assert shared.owner.delete(mapping["href"]).status == 204


class TestShared:
    def test_every_key_may_do_everything(self, shared: Team):
        kim = shared.accounts["kim"]

        assert shared.sam.get(shared.keys["owner"]["href"]).ok == shared.keys["owner"]
        assert shared.sam.post(shared.accounts["owner"]["href"], {"password": "Ch4ngedByS@m"}).status == 200
        assert shared.sam.api_key(kim)["secret"]
        assert ask(shared.sam, shared.application, kim["email"]).status == 200
        assert shared.sam.delete(kim["href"]).status == 204

    def test_the_change_counts_at_once(self, shared: Team):
        key = shared.keys["owner"]["href"]
        assert shared.sam.get(key).ok["secret"] is not None

        assert shared.sam.post(shared.owner.tenant, {"administrators": "separate"}).error == (403, 403)
        shared.owner.post(shared.owner.tenant, {"administrators": "separate"}).ok

        assert shared.sam.get(key).ok["secret"] is None


def test_only_the_keys_of_separate_callers_cost_more(service: Service, team: Team):
    directory = team.owner.directory()
    account = team.owner.account(directory)
    key = team.owner.api_key(account)
    costs: dict[tuple[str, str], int] = {}

    for name, caller in (("owner", team.owner), ("sam", team.sam)):
        for what, href in (("account", account["href"]), ("key", key["href"])):
            with statements(service) as sent:
                caller.get(href).ok
            costs[name, what] = len([each for each in sent if "JOIN" not in each])

    # The other two are those for the account of the key, and its directory.
    assert costs == {
        ("owner", "account"): 1,
        ("sam", "account"): 1,
        ("owner", "key"): 1,
        ("sam", "key"): 3,
    }


def test_the_service_itself_acts_for_all_administrators(service: Service, team: Team):
    """The operator has the database; its command is no caller of the API."""
    context = context_of(service, team.owner.tenant_id)

    assert not context.caller_is_separate
    assert new_api_key(service, team.owner.tenant_id, id_of(team.accounts["kim"])).secret


def test_a_refusal_names_the_remedy_and_logs_no_secret(team: Team, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        refused = team.sam.post(team.accounts["owner"]["href"], {"password": "Ch4ngedByS@m"})
        team.sam.get(team.keys["owner"]["href"]).ok

    assert "the account that owns the tenant" in refused["developerMessage"]
    assert "Ch4ngedByS@m" not in caplog.text + refused.raw.decode()
    assert team.keys["owner"]["secret"] not in caplog.text
    assert quote(team.keys["owner"]["secret"], safe="") not in caplog.text
