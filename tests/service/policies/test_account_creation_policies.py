"""Account creation policies: switches, and lists of e-mail domains (rest-core 5.14)."""

import pytest

from service.calls import Answer, Api, Json, id_of
from service.tenant_setup import context_of
from stormpath.server.app import Service

ALLOWED = "emailDomainWhitelist"
FORBIDDEN = "emailDomainBlacklist"


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def policy(api: Api, directory: Json) -> Json:
    return api.get(directory["accountCreationPolicy"]["href"]).ok


def creation(api: Api, place: Json, email: str) -> Answer:
    return api.post(place["accounts"]["href"], {"email": email, "password": "Changeme1!"})


def test_a_policy_has_the_documented_defaults(api: Api, directory: Json, policy: Json):
    href = f"{api.base_url}/accountCreationPolicies/{id_of(directory)}"
    below = ("verificationEmailTemplates", "verificationSuccessEmailTemplates", "welcomeEmailTemplates")

    assert policy == {
        "href": href,
        "createdAt": directory["createdAt"],
        "modifiedAt": directory["createdAt"],
        "verificationEmailStatus": "DISABLED",
        "verificationSuccessEmailStatus": "DISABLED",
        "welcomeEmailStatus": "DISABLED",
        ALLOWED: [],
        FORBIDDEN: [],
    } | {each: {"href": f"{href}/{each}"} for each in below}


def test_a_policy_can_be_changed_and_sent_back(api: Api, policy: Json):
    switches = ("verificationEmailStatus", "verificationSuccessEmailStatus", "welcomeEmailStatus")

    changed = api.post(policy["href"], dict.fromkeys(switches, "enabled") | {ALLOWED: ["*.org", "a.com"]}).ok

    assert [changed[each] for each in switches] == ["ENABLED"] * 3
    assert changed[ALLOWED] == ["*.org", "a.com"]
    assert api.post(policy["href"], changed).ok == api.get(policy["href"]).ok == changed
    # A list is replaced whole.
    assert api.post(policy["href"], {ALLOWED: ["b.com"]}).ok[ALLOWED] == ["b.com"]
    assert api.post(policy["href"], {ALLOWED: []}).ok[ALLOWED] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verificationEmailStatus": "MAYBE"}, 2003),
        ({"verificationSuccessEmailStatus": 1}, 2004),
        ({"welcomeEmailStatus": None}, 2000),
        ({ALLOWED: "a.com"}, 2004),
        ({FORBIDDEN: [1]}, 2004),
        ({"bogus": 1}, 2015),
    ],
)
def test_invalid_values_are_refused(api: Api, policy: Json, change: Json, code: int):
    assert api.post(policy["href"], change).error == (400, code)
    assert api.get(policy["href"]).ok == policy


def test_a_policy_is_created_and_deleted_with_its_directory_only(api: Api, directory: Json, policy: Json):
    assert api.post("/accountCreationPolicies", {}).error == (405, 1100)
    assert api.post(policy["welcomeEmailTemplates"]["href"], {}).error == (405, 1100)
    assert api.delete(policy["href"]).error == (405, 1100)

    api.delete(directory["href"])

    assert api.get(policy["href"]).error == (404, 404)


class TestEntries:
    @pytest.mark.parametrize("name", [ALLOWED, FORBIDDEN])
    @pytest.mark.parametrize(
        "entry",
        ["*spam.com", "spam*.com", "", " ", "spam.com ", "a@spam.com", "spam..com", ".spam.com", "-a.com"],
    )
    def test_an_entry_that_is_no_domain_is_refused(self, api: Api, policy: Json, name: str, entry: str):
        refused = api.post(policy["href"], {name: ["example.com", entry], "welcomeEmailStatus": "ENABLED"})

        assert refused.error == (400, 2002)
        assert refused["message"].endswith("It is not a valid domain.")
        assert refused["developerMessage"].endswith("It is not a valid domain.")
        assert api.get(policy["href"]).ok == policy

    def test_a_star_stands_for_a_label(self, api: Api, policy: Json):
        patterns = [
            "*.spam.com",
            "site.*",
            "site.*.com",
            "*.com",
            "localhost",
            "*.bücher.example",
            "a-b.example",
        ]

        assert api.post(policy["href"], {FORBIDDEN: patterns}).ok[FORBIDDEN] == patterns

    def test_entries_that_were_stored_before_can_be_sent_back_and_removed(
        self, service: Service, api: Api, policy: Json
    ):
        context = context_of(service, api.tenant_id)
        with context.write() as unit:
            unit.update(
                "accountCreationPolicy", id_of(policy), {"email_domain_blacklist": ["*spam.com", "*x.com"]}
            )
        old = api.get(policy["href"]).ok
        assert old[FORBIDDEN] == ["*spam.com", "*x.com"]

        assert api.post(policy["href"], old).ok == old
        assert api.post(policy["href"], {FORBIDDEN: ["*spam.com", "new.com"]}).status == 200
        # What was removed is as good as new.
        assert api.post(policy["href"], {FORBIDDEN: ["*x.com"]}).error == (400, 2002)


class TestDomains:
    def test_a_forbidden_domain_is_refused(self, api: Api, directory: Json, policy: Json):
        api.post(policy["href"], {FORBIDDEN: ["spam.com", "*.spam.com", "bad.org"]})

        for email in ("a@spam.com", "a@Very.SPAM.com", "a@bad.org", "A@BAD.ORG"):
            assert creation(api, directory, email).error == (400, 7205)
        for email in ("a@good.org", "b@not.bad.org"):
            assert creation(api, directory, email).status == 201

    def test_where_domains_are_allowed_others_are_refused(self, api: Api, directory: Json, policy: Json):
        api.post(policy["href"], {ALLOWED: ["*.Site.com"]})

        assert creation(api, directory, "a@id.site.com").status == 201
        for email in ("a@site.com", "a@zsite.com", "a@id.site.com.org"):
            assert creation(api, directory, email).error == (400, 7206)

    @pytest.mark.parametrize(
        ("forbidden", "domain"),
        [
            ("bad.org", "b\uff41d.org"),
            ("bad.org", "bad\u3002org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "BÜCHER.example"),
            ("*.ÜCHER.example", "a.ücher.example"),
            ("straße.example", "STRAẞE.example"),
        ],
    )
    def test_a_forbidden_domain_is_refused_however_it_is_spelt(
        self, api: Api, directory: Json, policy: Json, forbidden: str, domain: str
    ):
        api.post(policy["href"], {FORBIDDEN: [forbidden]})

        assert creation(api, directory, f"a@{domain}").error == (400, 7205)

    def test_a_domain_that_only_looks_like_an_allowed_one_is_refused(
        self, api: Api, directory: Json, policy: Json
    ):
        api.post(policy["href"], {ALLOWED: ["strasse.example", "ok.example"]})

        # Another domain in the DNS: xn--strae-oqa.example.
        assert creation(api, directory, "a@straße.example").error == (400, 7206)
        assert creation(api, directory, "a@STRASSE.example").status == 201
        assert creation(api, directory, "a@\uff4fk.example").status == 201

    def test_forbidden_domains_are_checked_before_allowed_ones(self, api: Api, directory: Json, policy: Json):
        api.post(policy["href"], {ALLOWED: ["*.com"], FORBIDDEN: ["bad.com"]})

        assert creation(api, directory, "a@bad.com").error == (400, 7205)
        assert creation(api, directory, "a@good.com").status == 201

    def test_only_a_changed_email_is_checked(self, api: Api, directory: Json, policy: Json):
        account = api.account(directory)
        api.post(policy["href"], {FORBIDDEN: ["example.com"]})

        for change in ({"email": "b@example.com"}, {"email": "b@example.com", "password": "Another1one"}):
            assert api.post(account["href"], change).error == (400, 7205)
        assert api.post(account["href"], {"givenName": "Ada"}).status == 200
        assert api.post(account["href"], {"email": account["email"], "surname": "King"}).status == 200
        assert api.post(account["href"], {"email": "a@other.com"}).ok["email"] == "a@other.com"

    def test_accounts_created_through_an_application_are_checked_too(self, api: Api):
        application, directory = api.application_with_directory()
        api.post(directory["accountCreationPolicy"]["href"], {ALLOWED: ["example.org"]})

        assert creation(api, application, "a@example.com").error == (400, 7206)

    def test_domains_are_checked_after_formats_and_before_uniqueness(
        self, api: Api, directory: Json, policy: Json
    ):
        api.account(directory)
        api.post(policy["href"], {FORBIDDEN: ["example.com"]})

        assert creation(api, directory, "ada@example.com").error == (400, 7205)
        assert creation(api, directory, "example.com").error == (400, 2006)
