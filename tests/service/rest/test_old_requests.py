"""Requests of old clients that were refused once, and the words that they compare (rest-core 8)."""

import pytest

from service.calls import Api, Json, id_of, link
from stormpath.server.schema import ids

NO_MATCH = "does not match a known resource"
INVALID = "query parameter value is invalid or an unexpected type."


class TestStoresOfOrganizations:
    """``accountStore`` in the body of an account, ``nameKey`` in that of a group."""

    @pytest.fixture
    def organization(self, api: Api) -> Json:
        return api.organization()

    def body(self, store: Json | None, name: str = "ada") -> Json:
        named = {"accountStore": None if store is None else link(store)}
        return {"email": f"{name}@example.com", "password": "Changeme1!", **named}

    def test_an_account_goes_to_the_named_store_and_else_to_the_default_one(
        self, api: Api, organization: Json
    ):
        usual, other = api.directory("Usual"), api.directory("Other")
        group = api.group(other)
        api.organization_mapping(organization, usual, isDefaultAccountStore=True)
        api.organization_mapping(organization, other)
        api.organization_mapping(organization, group)
        accounts = organization["accounts"]["href"]

        made = [
            api.post(accounts, self.body(store, f"u{number}")).made
            for number, store in enumerate((usual, other, group, None))
        ]

        directories = [each["directory"]["href"] for each in made]
        assert directories == [each["href"] for each in (usual, other, other, usual)]
        assert [each["href"] for each in api.get(group["accounts"]["href"]).items] == [made[2]["href"]]
        assert api.post(accounts, self.body(other, "u9"), expand="directory").made["directory"] == other

    def test_no_default_store_is_needed(self, api: Api, organization: Json):
        directory = api.directory()
        api.organization_mapping(organization, directory)

        assert api.post(organization["accounts"]["href"], self.body(None)).error == (409, 4600)
        made = api.post(organization["accounts"]["href"], self.body(directory)).made
        assert made["directory"] == link(directory)

    def test_the_store_must_be_the_organizations(self, api: Api, stranger: Api, organization: Json):
        api.organization_mapping(organization, api.directory(), isDefaultAccountStore=True)
        other, accounts = api.directory("Other"), organization["accounts"]["href"]

        for store, code in (
            (link(other), 2014),
            (link(api.group(other)), 2014),
            (link(organization), 2014),
            (link(stranger.directory()), 2016),
            ({"href": f"{api.base_url}/directories/{ids.new_id()}"}, 2016),
            ({"href": 7}, 2004),
            ("x", 2004),
        ):
            refused = api.post(accounts, self.body(None) | {"accountStore": store})
            assert refused.error == (400, code), store
        assert api.get(accounts).ok["size"] == 0

    def test_mirrors_stay_closed_and_other_owners_do_not_know_the_attribute(
        self, api: Api, organization: Json
    ):
        application, directory = api.application_with_directory()
        mirror = api.directory(
            "Mirror", provider={"providerId": "google", "clientId": "c", "clientSecret": "s"}
        )
        api.organization_mapping(organization, mirror)

        assert api.post(organization["accounts"]["href"], self.body(mirror)).error == (400, 6100)
        for owner in (application, directory):
            assert api.post(owner["accounts"]["href"], self.body(directory)).error == (400, 2015)
            assert api.post(owner["groups"]["href"], {"name": "A", "nameKey": "a"}).error == (400, 2015)

    def test_the_name_key_of_a_new_group_is_ignored(self, api: Api):
        organization, directory = api.organization_with_directory()

        made = api.post(organization["groups"]["href"], {"name": "A", "nameKey": "acme"}).made

        assert "nameKey" not in made
        assert made["directory"] == link(directory)
        assert api.post(organization["groups"]["href"], {"name": "B", "bogus": 1}).error == (400, 2015)
        assert api.post(made["href"], {"nameKey": "a"}).error == (400, 2015)


class TestMetadataOfAnIdentityProvider:
    @pytest.fixture
    def href(self, api: Api) -> str:
        return f"{api.base_url}/samlIdentityProviderMetadatas/{id_of(api.application())}"

    def test_json_is_for_callers_who_ask_for_it(self, api: Api, href: str):
        own_id = id_of({"href": href})

        shown = api.request("GET", href, headers={"Accept": "application/json"})

        assert shown.headers["content-type"] == "application/json;charset=UTF-8"
        assert {name: each for name, each in shown.ok.items() if not name.endswith("At")} == {
            "href": href,
            "entityId": f"urn:stormpath:application:{own_id}:provider:idp",
            "identityProvider": {"href": f"{api.base_url}/samlIdentityProviders/{own_id}"},
            "x509SigningCert": {"href": f"{api.base_url}/x509certificates/{own_id}"},
        }
        for link_of in ("identityProvider", "x509SigningCert"):
            assert api.get(shown[link_of]["href"]).status == 200

    @pytest.mark.parametrize("accept", [None, "*/*", "application/xml", "text/html,*/*;q=0.8"])
    def test_all_others_get_xml_with_the_same_facts(self, api: Api, href: str, accept: str | None):
        headers = {} if accept is None else {"Accept": accept}
        given: tuple[dict[str, str] | None, ...] = (None, {})
        for credentials in given:
            answer = api.request("GET", href, headers=headers, credentials=credentials)
            assert answer.headers["content-type"] == "application/xml"
            own_id = id_of({"href": href})
            assert f'entityID="urn:stormpath:application:{own_id}:provider:idp"'.encode() in answer.raw
            assert f"{api.base_url}/applications/{own_id}/saml/sso".encode() in answer.raw


class TestFieldsOfASchema:
    @pytest.fixture
    def href(self, api: Api) -> str:
        return str(api.get(api.directory()["accountSchema"]["href"]).ok["fields"]["href"])

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ({"name": "surname"}, ["surname"]),
            ({"name": "SURNAME"}, ["surname"]),
            ({"name": "givenname"}, ["givenName"]),
            ({"name": "*NAME"}, ["givenName", "surname"]),
            ({"name": "sur*"}, ["surname"]),
            ({"name": "middleName"}, []),
            ({"q": "ven"}, ["givenName"]),
            ({"orderBy": "name desc"}, ["surname", "givenName"]),
            ({"createdAt": "[2015,]"}, ["givenName", "surname"]),
        ],
    )
    def test_they_are_filtered(self, api: Api, href: str, query: Json, names: list[str]):
        page = api.get(href, query).ok

        assert [each["name"] for each in page["items"]] == names
        assert page["size"] == len(names)

    def test_other_attributes_stay_unsearched(self, api: Api, href: str):
        assert api.get(href, required="true").error == (400, 2105)


class TestGroupsOfADirectory:
    NAMES = ("b", "10", "A", "9", "Ä", "a1", "B2", "Z", "_", "straße")

    @pytest.fixture
    def directory(self, api: Api) -> Json:
        directory = api.directory()
        for each in self.NAMES:
            api.group(directory, each)
        return directory

    @pytest.mark.both_databases
    def test_they_are_listed_by_name(self, api: Api, directory: Json):
        href = directory["groups"]["href"]
        ordered = sorted(self.NAMES, key=lambda name: name.casefold().encode())

        def names(**query: object) -> list[str]:
            return [each["name"] for each in api.every(href, **query)]

        assert names() == names(orderBy="name") == names(limit=3) == names(limit=1) == ordered
        assert names(orderBy="name desc", limit=3) == ordered[::-1]
        # Several may be made in one millisecond.
        groups = sorted(
            api.every(href), key=lambda each: (each["createdAt"], each["name"].casefold().encode())
        )
        assert names(orderBy="createdAt,name", limit=4) == [each["name"] for each in groups]
        assert [each["name"] for each in api.get(href, offset=4, limit=2).items] == ordered[4:6]

    def test_they_are_expanded_by_name(self, api: Api, directory: Json):
        expanded = api.get(directory["href"], expand="groups(limit:4)").ok["groups"]
        names = [each["name"] for each in expanded["items"]]

        assert names == [each["name"] for each in api.get(directory["groups"]["href"], limit=4).items]
        following = api.get(expanded["next"]["href"]).items
        assert len({*names, *(each["name"] for each in following)}) == 8

    def test_a_page_goes_on_after_a_group_that_was_renamed_or_deleted(self, api: Api, directory: Json):
        page = api.get(directory["groups"]["href"], limit=3).ok
        last = page["items"][-1]
        api.delete(last["href"])

        rest = api.every(page["next"]["href"])

        assert [each["name"] for each in (*page["items"], *rest)] == [
            each["name"] for each in (*page["items"][:2], last, *rest)
        ]
        assert len(rest) == len(self.NAMES) - 3

    def test_other_lists_keep_the_order_of_creation(self, api: Api, directory: Json):
        application = api.application()
        api.mapping(application, directory)
        account = api.account(directory)
        for each in api.get(directory["groups"]["href"], orderBy="createdAt").items:
            api.membership(account, each)

        for href in ("/groups", application["groups"]["href"], account["groups"]["href"]):
            assert [each["name"] for each in api.get(href).items] == list(self.NAMES), href

    @pytest.mark.both_databases
    def test_custom_data_is_searched_as_for_accounts(self, api: Api, directory: Json):
        href = directory["groups"]["href"]
        for number, each in enumerate(api.get(href).items):
            data = {"status": "Active" if number % 2 else "gone", "size": number, "n": {"born": "2015-02-03"}}
            api.post(each["customData"]["href"], data)

        def count(query: Json) -> int:
            page = api.get(href, query).ok
            assert page["size"] == len(page["items"])
            return len(page["items"])

        assert count({"customData.status": "active"}) == 5
        assert count({"customData.status": "*O*"}) == 5
        assert count({"customData.size": "[3,6)"}) == 3
        assert count({"customData.n.born": "[2015-02,2015-03)", "name": "b*"}) == 2
        assert count({"customData.none": "x"}) == 0
        sizes = [
            each["customData"]["size"]
            for each in api.get(
                href, {"orderBy": "customData.size desc", "expand": "customData", "limit": 2}
            ).items
        ]
        assert sizes == [9, 8]
        for other in ("/groups", f"{api.tenant}/groups"):
            assert api.get(other, {"customData.status": "active"}).error == (400, 2105)


class TestWords:
    def test_of_an_unknown_resource(self, api: Api, stranger: Api):
        for path in ("/nothing", "/accounts/unknown", stranger.directory()["href"], "/accounts/a/b/c"):
            answer = api.get(path)
            assert answer.error == (404, 404)
            assert answer["message"] == answer["developerMessage"] == "The requested resource does not exist."

    def test_of_a_link_or_a_name_of_nothing(self, api: Api, stranger: Api):
        application, directory = api.application_with_directory()
        theirs = link(stranger.application_with_directory()[0])
        answers = [
            api.post("/accountStoreMappings", {"application": theirs, "accountStore": link(directory)}),
            api.post(application["passwordResetTokens"]["href"], {"email": "eve@example.com"}),
            api.post(application["verificationEmails"]["href"], {"login": "eve"}),
        ]
        for answer in answers:
            assert answer.error == (400, 2016)
            assert NO_MATCH in answer["message"]
            assert NO_MATCH in answer["developerMessage"]
        assert theirs["href"][:30] in answers[0]["developerMessage"]

    @pytest.mark.parametrize(
        ("path", "query", "name"),
        [
            ("/accounts", "limit=0", "limit"),
            ("/accounts", "offset=x", "offset"),
            ("/accounts", "cursor=x", "cursor"),
            ("/accounts", "status=x", "status"),
            ("/accounts", "createdAt=x", "createdAt"),
            ("/accounts", "modifiedAt=[x,2015]", "modifiedAt"),
            ("/accounts", "customData.a=[x,y]", "customData.a"),
            ("/accounts", "expand=groups(", "expand"),
            ("/accounts", "expand=directory(limit:1)", "expand"),
            ("/accounts", "q=" + "x" * 3000, "q"),
        ],
    )
    def test_of_an_invalid_query(self, api: Api, path: str, query: str, name: str):
        answer = api.request("GET", path, query=query)

        assert answer.error == (400, 2103)
        assert answer["developerMessage"] == f"{name} {INVALID}"
        assert len(answer["message"]) < 300

    def test_of_an_invalid_option(self, api: Api):
        accounts = api.directory()["accounts"]["href"]
        body = {"email": "a@b.c", "password": "Changeme1!"}

        answer = api.post(accounts, body, registrationWorkflowEnabled="x")

        assert answer.error == (400, 2103)
        assert answer["developerMessage"] == f"registrationWorkflowEnabled {INVALID}"
