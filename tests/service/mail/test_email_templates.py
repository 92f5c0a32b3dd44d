"""E-mail templates (rest-core 5.18, 6.14)."""

import pytest

from service.calls import Api, Json, id_of

#: Collection, name, subject, and the page that the link leads to.
TEMPLATES = [
    (
        "resetEmailTemplates",
        "Default Password Reset Email Template",
        "Reset your Password",
        "/passwordReset",
    ),
    (
        "resetSuccessEmailTemplates",
        "Default Password Reset Success Email Template",
        "Your password has been changed",
        None,
    ),
    (
        "verificationEmailTemplates",
        "Default Verification Email Template",
        "Verify your account",
        "/emailVerificationTokens",
    ),
    (
        "verificationSuccessEmailTemplates",
        "Default Verification Success Email Template",
        "Your account has been confirmed",
        None,
    ),
    (
        "welcomeEmailTemplates",
        "Default Welcome Email Template",
        "Your registration was successful",
        None,
    ),
]
LINKING = ["resetEmailTemplates", "verificationEmailTemplates"]
PLAIN = ["resetSuccessEmailTemplates", "verificationSuccessEmailTemplates", "welcomeEmailTemplates"]

of_every_kind = pytest.mark.parametrize("collection", LINKING + PLAIN)
with_a_link = pytest.mark.parametrize("collection", LINKING)


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def template(api: Api, directory: Json, collection: str) -> Json:
    return only(api, directory, collection)


def only(api: Api, directory: Json, collection: str) -> Json:
    policy = "passwordPolicy" if collection.startswith("reset") else "accountCreationPolicy"
    (found,) = api.get(f"{directory[policy]['href']}/{collection}").items
    return found


def owner(api: Api) -> Json:
    (directory,) = api.get("/directories", name="Stormpath Administrators").items
    (found,) = api.get(directory["accounts"]["href"]).items
    return found


@pytest.mark.parametrize(("collection", "name", "subject", "page"), TEMPLATES)
def test_a_new_template_has_the_documented_defaults(
    api: Api, directory: Json, template: Json, name: str, subject: str, page: str | None
):
    bodies = {each: template[each] for each in ("textBody", "htmlBody", "description")}

    assert template == {
        "href": f"{api.base_url}/emailTemplates/{id_of(template)}",
        "createdAt": directory["createdAt"],
        "modifiedAt": directory["createdAt"],
        "name": name,
        "fromName": owner(api)["fullName"],
        "fromEmailAddress": owner(api)["email"],
        "replyTo": None,
        "subject": subject,
        "mimeType": "text/plain",
        "preview": {"href": f"{template['href']}/preview"},
    } | bodies | ({"defaultModel": {"linkBaseUrl": f"http://localhost:8080{page}"}} if page else {})
    assert all(bodies.values())
    assert all(("${url}" in bodies[each]) == bool(page) for each in ("textBody", "htmlBody"))
    assert ("${expirationWindow}" in template["textBody"]) == (page == "/passwordReset")
    assert api.get(template["href"]).ok == template


@of_every_kind
def test_each_directory_has_templates_of_its_own(api: Api, directory: Json, template: Json, collection: str):
    other = only(api, api.directory("Other"), collection)

    api.post(template["href"], {"subject": "Changed"})

    assert other["href"] != template["href"]
    assert api.get(other["href"]).ok == other


@of_every_kind
def test_a_template_can_be_changed_and_sent_back(api: Api, template: Json):
    change = {
        "name": "Ours",
        "description": None,
        "fromName": "Atlas",
        "fromEmailAddress": "atlas@example.com",
        "replyTo": "help@example.com",
        "subject": "Hello ${account.givenName}",
        "textBody": "Text ${url}",
        "htmlBody": "<a href='$!{url}'>x</a>",
        "mimeType": "Multipart/Alternative",
    }

    changed = api.post(template["href"], change).ok

    assert {each: changed[each] for each in change} == change | {"mimeType": "multipart/alternative"}
    assert api.post(template["href"], changed).ok == api.get(template["href"]).ok == changed


@pytest.mark.parametrize("collection", ["welcomeEmailTemplates"])
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"mimeType": "text/rtf"}, (400, 2003)),
        ({"fromEmailAddress": "nobody"}, (400, 2006)),
        ({"fromEmailAddress": "a@" + "x" * 254}, (400, 2008)),
        ({"replyTo": "nobody"}, (400, 2006)),
        ({"replyTo": ""}, (400, 2007)),
        ({"replyTo": "a@" + "x" * 254}, (400, 2008)),
        ({"fromEmail": "a@example.com"}, (400, 2015)),
        ({"name": ""}, (400, 2000)),
        ({"name": "x" * 256}, (400, 2008)),
        ({"description": "x" * 1001}, (400, 2008)),
        ({"subject": " "}, (400, 2000)),
        ({"subject": None}, (400, 2000)),
        ({"textBody": 1}, (400, 2004)),
        ({"htmlBody": None}, (400, 2000)),
        ({"defaultModel": {"linkBaseUrl": "https://example.com"}}, (400, 2017)),
    ],
)
def test_invalid_values_are_refused(api: Api, template: Json, change: Json, error: tuple[int, int]):
    assert api.post(template["href"], change).error == error
    assert api.get(template["href"]).ok == template


@pytest.mark.parametrize("collection", ["resetEmailTemplates", "verificationEmailTemplates"])
@pytest.mark.parametrize(
    ("model", "code"),
    [({}, 2000), ({"linkBaseUrl": None}, 2000), ({"linkBaseUrl": ""}, 2000), ({"other": "x"}, 2015)],
)
def test_a_model_without_the_url_of_the_link_is_refused(api: Api, template: Json, model: Json, code: int):
    for body in ({"defaultModel": model}, {"subject": "Hello", "defaultModel": model}):
        assert api.post(template["href"], body).error == (400, code)
        assert api.post(f"{template['href']}/preview", body).error == (400, code)
    assert api.get(template["href"]).ok == template


@pytest.mark.parametrize("collection", ["welcomeEmailTemplates"])
def test_a_template_without_a_link_takes_no_model(api: Api, template: Json):
    for model in ({}, {"linkBaseUrl": "https://example.com"}):
        assert api.post(template["href"], {"defaultModel": model}).error[0] == 400
    assert api.get(template["href"]).ok == template


class TestSender:
    collection = pytest.mark.parametrize("collection", ["welcomeEmailTemplates"])

    @collection
    def test_the_sender_is_the_owner_of_the_tenant_until_it_is_set(self, api: Api, template: Json):
        api.post(owner(api)["href"], {"email": "boss@example.com", "givenName": "Ada", "surname": "King"})

        followed = api.post(template["href"], {"subject": "x"}).ok

        assert (followed["fromName"], followed["fromEmailAddress"]) == ("Ada King", "boss@example.com")
        api.post(template["href"], {"fromName": "Atlas"})
        api.post(owner(api)["href"], {"givenName": "Grace", "email": "new@example.com"})
        later = api.get(template["href"]).ok
        assert (later["fromName"], later["fromEmailAddress"]) == ("Atlas", "new@example.com")

    @collection
    def test_clearing_the_sender_makes_it_the_owner_again(self, api: Api, template: Json):
        api.post(template["href"], {"fromEmailAddress": "atlas@example.com"})

        assert (
            api.post(template["href"], {"fromEmailAddress": None}).ok["fromEmailAddress"]
            == owner(api)["email"]
        )


class TestLinks:
    @with_a_link
    @pytest.mark.parametrize("macro", ["url", "sptoken", "sptokenNameValuePair"])
    @pytest.mark.parametrize("opening", ["${", "$!{"])
    def test_any_of_the_macros_makes_a_link(self, api: Api, template: Json, macro: str, opening: str):
        body = f"Go: {opening}{macro}}}"

        assert api.post(template["href"], {"textBody": body}).ok["textBody"] == body

    @with_a_link
    @pytest.mark.parametrize(
        "change",
        [
            {"textBody": "no link"},
            {"textBody": ""},
            {"textBody": "${urls}"},
            {"textBody": "{url}"},
            {"mimeType": "text/html", "htmlBody": "<p>no link</p>"},
            {"mimeType": "multipart/alternative", "htmlBody": "<p>no link</p>"},
            {"mimeType": "multipart/alternative", "textBody": "no link"},
        ],
    )
    def test_a_body_that_is_sent_must_contain_a_link(self, api: Api, template: Json, change: Json):
        assert api.post(template["href"], change).error == (400, 7301)
        assert api.get(template["href"]).ok == template

    @with_a_link
    def test_a_body_needs_a_link_from_the_moment_it_is_sent(self, api: Api, template: Json):
        assert api.post(template["href"], {"htmlBody": "<p>no link</p>"}).status == 200

        assert api.post(template["href"], {"mimeType": "text/html"}).error == (400, 7301)

    @pytest.mark.parametrize("collection", PLAIN)
    def test_templates_of_other_kinds_need_no_link(self, api: Api, template: Json):
        assert api.post(template["href"], {"textBody": "", "mimeType": "multipart/alternative"}).status == 200

    @with_a_link
    def test_a_link_base_may_have_any_scheme_of_an_app(self, api: Api, template: Json):
        model = {"linkBaseUrl": "myapp://reset?lang=en"}

        assert api.post(template["href"], {"defaultModel": model}).ok["defaultModel"] == model

    @with_a_link
    @pytest.mark.parametrize(
        "url",
        [
            "app.example.com/reset",
            "localhost:3000/reset",
            "https:app.example.com",
            "https://",
            "https:///reset",
            "https:// evil.example.com",
            "javascript:alert(1)",
            "JavaScript://app.example.com/%0aalert(1)",
            "data:text/html,x",
            "data://text/html,x",
            "https://app.example.com/a b",
            " https://app.example.com",
            "https://app.example.com/\nhttps://evil.example.com",
            "https://app.example.com/<b>",
            'https://app.example.com/"x',
            "/\\evil.example.com",
            "https://app.example.com/\u202emoc.live",
        ],
    )
    def test_a_link_base_that_is_no_safe_url_is_refused(self, api: Api, template: Json, url: str):
        refused = api.post(template["href"], {"defaultModel": {"linkBaseUrl": url}})

        assert refused.error == (400, 2006)
        assert "https://app.example.com/verify" in refused["message"]
        assert api.get(template["href"]).ok == template

    @with_a_link
    @pytest.mark.parametrize(
        "url",
        ["/", "/verify", "/#/a?b=c", "java-app://x", "http://localhost:3000", "https://münchen.example/ä"],
    )
    def test_a_link_base_may_be_any_page(self, api: Api, template: Json, url: str):
        assert api.post(template["href"], {"defaultModel": {"linkBaseUrl": url}}).status == 200

    @with_a_link
    @pytest.mark.parametrize(
        ("model", "code"),
        [
            ({"linkBaseUrl": ""}, 2000),
            ({"linkBaseUrl": None}, 2000),
            ({"linkBaseUrl": 1}, 2004),
            ({"linkBaseUrl": "https://a.com", "more": "x"}, 2015),
            ("https://a.com", 2004),
            (None, 2000),
        ],
    )
    def test_a_link_base_is_required_and_a_text(self, api: Api, template: Json, model: object, code: int):
        assert api.post(template["href"], {"defaultModel": model}).error == (400, code)
        assert api.get(template["href"]).ok == template


@of_every_kind
def test_templates_are_created_and_deleted_with_their_directory_only(
    api: Api, directory: Json, template: Json
):
    assert api.post("/emailTemplates", {}).error == (405, 1100)
    assert api.delete(template["href"]).error == (405, 1100)

    api.delete(directory["href"])

    assert api.get(template["href"]).error == (404, 404)
