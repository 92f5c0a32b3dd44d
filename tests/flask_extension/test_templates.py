"""The templates: what pages show, and how an app changes them."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import flash
from jinja2 import DictLoader, Environment

import flask_stormpath
from flask_extension.sites import ADDRESS, NewSite, Site
from flask_extension.templates_of_the_guide import LOGIN, REGISTER

FOLDER = Path(flask_stormpath.__file__).parent
TEMPLATES = sorted((FOLDER / "templates" / "flask_stormpath").glob("*.html"))
STYLE = FOLDER / "static" / "stormpath.css"

SOCIAL: dict[str, Any] = {
    "STORMPATH_ENABLE_GOOGLE": True,
    "STORMPATH_ENABLE_FACEBOOK": True,
    "STORMPATH_SOCIAL": {
        "GOOGLE": {"client_id": "id", "client_secret": "secret"},
        "FACEBOOK": {"app_id": "id", "app_secret": "secret"},
    },
}


def links_of(page: str) -> list[str]:
    """Return where the links of a page lead."""
    return re.findall(r'<a [^>]*href="([^"]*)"', page)


class TestTemplatesOfTheApp:
    def test_those_of_the_guide_to_0_4_work_as_they_are(self, new_site: NewSite):
        site = new_site(
            STORMPATH_REGISTRATION_TEMPLATE="register.html",
            STORMPATH_LOGIN_TEMPLATE="login.html",
            WTF_CSRF_ENABLED=True,
            **SOCIAL,
        )
        site.app.jinja_loader = DictLoader({"register.html": REGISTER, "login.html": LOGIN})
        form = site.browser.get("/register").text
        token = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', form)[0]

        refused = site.register(csrf_token=token, surname="", email="joe").text
        accepted = site.register(csrf_token=token)
        login = site.other_browser().get("/login").text

        assert re.findall('placeholder="([^"]*)"', form) == [
            "First Name",
            "Middle Name",
            "Last Name",
            "Email",
            "Password",
        ]
        assert re.findall("<li>(.*)</li>", refused) == [
            "Surname is required.",
            "You must provide a valid email address.",
        ]
        assert accepted.location == "/"
        assert re.findall('placeholder="([^"]*)"', login) == ["Email", "Password"]
        assert links_of(login) == ["/facebook?start=1", "/google?start=1"]

    def test_a_base_of_its_own_that_extends_ours_restyles_all_pages(self, new_site: NewSite):
        site = new_site(STORMPATH_BASE_TEMPLATE="base.html")
        base = """{% extends "flask_stormpath/base.html" %}
        {% block head %}<link rel="stylesheet" href="/shop.css">{% endblock %}
        {% block brand %}The Shop{% endblock %}
        {% block footer %}Since 1897{% endblock %}"""
        site.app.jinja_loader = DictLoader({"base.html": base})

        for path in ("/login", "/register"):
            page = site.browser.get(path).text

            assert page.index("stormpath.css") < page.index("/shop.css")
            assert '<header class="stormpath-header">The Shop</header>' in page
            assert '<footer class="stormpath-footer">Since 1897</footer>' in page
            assert page.count("<form") == 1

    def test_a_base_of_its_own_needs_nothing_but_the_blocks_of_0_4(self, new_site: NewSite):
        site = new_site(STORMPATH_BASE_TEMPLATE="base.html")
        blocks = ("title", "description", "bodytag", "head", "body")
        base = "".join(f"{each}=({{% block {each} %}}{{% endblock %}})" for each in blocks)
        site.app.jinja_loader = DictLoader({"base.html": base})

        page = site.browser.get("/login").text

        assert page.startswith("title=(Log In)description=(Log in to your account.)bodytag=(login)head=()")
        assert '<label for="password">Password</label>' in page

    def test_a_page_without_a_brand_and_a_footer_has_no_elements_for_them(self, site: Site):
        page = site.browser.get("/login").text

        assert "<header" not in page
        assert "<footer" not in page


class TestLogin:
    @pytest.mark.parametrize(("has_username", "label"), [(False, "Email"), (True, "Username or Email")])
    def test_it_says_what_people_log_in_with(self, new_site: NewSite, has_username: bool, label: str):
        page = new_site(STORMPATH_ENABLE_USERNAME=has_username).browser.get("/login").text

        assert f'<label for="login">{label}</label>' in page

    def test_it_leads_to_what_is_enabled_and_keeps_the_target(self, new_site: NewSite):
        site = new_site(STORMPATH_ENABLE_FORGOT_PASSWORD=True, STORMPATH_ENABLE_VERIFY_EMAIL=True, **SOCIAL)

        found = links_of(site.browser.get("/login?next=/secret").text)

        pages = ["/register", "/google?start=1", "/facebook?start=1", "/forgot", "/verify"]
        assert [each.replace("&amp;", "&") for each in found] == [
            f"{each}{'&' if '?' in each else '?'}next=/secret" for each in pages
        ]

    def test_it_leads_to_nothing_that_is_disabled(self, new_site: NewSite):
        site = new_site(STORMPATH_ENABLE_REGISTRATION=False)

        assert links_of(site.browser.get("/login").text) == []

    def test_the_registration_leads_to_no_login_that_is_disabled(self, new_site: NewSite):
        site = new_site(STORMPATH_ENABLE_LOGIN=False, STORMPATH_ENABLE_FORGOT_PASSWORD=True)

        assert [links_of(site.browser.get(path).text) for path in ("/register", "/forgot")] == [[], []]


class TestMessages:
    def test_what_is_flashed_before_a_page_is_a_status_and_after_a_refused_form_an_alert(self, site: Site):
        site.browser.get("/secret")
        before = site.browser.get("/login?next=/secret").text
        after = site.log_in(password="wrong").text

        assert message_in(before) == ("status", "Please log in to access this page.")
        assert message_in(after) == ("alert", "Invalid username or password.")

    def test_a_message_is_escaped(self, site: Site):
        @site.app.route("/flash")
        def flash_it() -> str:
            flash("<b>bold</b>")
            return ""

        site.browser.get("/flash")

        assert message_in(site.browser.get("/login").text) == ("status", "&lt;b&gt;bold&lt;/b&gt;")

    def test_the_error_of_a_field_stands_at_the_field_alone(self, site: Site):
        page = site.register(surname="").text

        assert re.findall('<input [^>]*id="surname"[^>]*>', page) == [
            '<input aria-describedby="surname-error" aria-invalid="true" autocomplete="family-name" '
            'autofocus id="surname" name="surname" required type="text" value="">'
        ]
        assert '<p class="stormpath-error" id="surname-error" role="alert">Surname is required.</p>' in page
        assert "stormpath-errors" not in page

    def test_only_a_refused_page_says_error_in_its_title(self, site: Site):
        pages = site.browser.get("/login").text, site.log_in().text

        assert [re.findall("<title>(.*)</title>", each) for each in pages] == [["Log In"], ["Error: Log In"]]


def message_in(page: str) -> tuple[str, str]:
    """Return the role of the message of a page, and its text."""
    pattern = r'<div class="stormpath-message[^>]* role="(\w+)"[^>]*><p>(.*?)</p></div>'
    ((role, text),) = re.findall(pattern, page)
    return role, text


def test_an_organization_is_asked_for_where_no_sub_domain_names_it(new_site: NewSite):
    asked = new_site(STORMPATH_ENABLE_ORGANIZATIONS=True)
    named = new_site(STORMPATH_ENABLE_ORGANIZATIONS=True, STORMPATH_ORGANIZATION_DOMAIN="example.com")

    assert ['name="organizationNameKey"' in each.browser.get("/login").text for each in (asked, named)] == [
        True,
        False,
    ]
    again = asked.browser.post("/login", data={"organizationNameKey": 'a"b', "login": "", "password": ""})
    assert 'value="a&#34;b"' in again.text


def test_the_page_of_a_new_password_tells_password_managers_whose_it_is(new_site: NewSite):
    site = new_site(STORMPATH_ENABLE_FORGOT_PASSWORD=True)
    site.add()
    token = site.application.password_reset_tokens.create({"email": ADDRESS}).token

    page = site.browser.get(f"/forgot/change?sptoken={token}").text

    assert f'name="username" value="{ADDRESS}" autocomplete="username" readonly hidden' in page


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.stem)
class TestSources:
    def test_it_has_no_style_script_or_resource_of_other_hosts(self, template: Path):
        source = template.read_text()

        assert not re.findall(r"<(?:script|style|iframe|object|embed)\b", source)
        assert not re.findall(r"\s(?:style|on\w+)\s*=", source)
        assert not re.findall(r"(?:https?:)?//[\w.]", source)

    def test_each_of_its_texts_can_be_translated(self, template: Path):
        class_of_body = r"{% block bodytag %}\w+{% endblock %}"
        tokens = Environment(autoescape=True).lex(re.sub(class_of_body, "", template.read_text()))
        found = _Texts()
        found.feed("".join(value for _, kind, value in tokens if kind == "data"))

        assert [each for each in found.texts if re.search(r"[^\W\d_]", each)] == []


class _Texts(HTMLParser):
    """What people read in the fixed parts of a template."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [
            value or "" for name, value in attrs if name in ("alt", "title", "placeholder", "aria-label")
        ]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_style_concerns_our_own_elements_alone_and_loads_nothing():
    style = re.sub(r"/\*.*?\*/", "", STYLE.read_text(), flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", style)
    foreign = [
        each.strip()
        for group in selectors
        if not group.strip().startswith("@")
        for each in group.split(",")
        if not each.strip().startswith((".stormpath", ":where(:root)"))
    ]

    assert foreign == []
    assert "url(" not in style
    assert "@import" not in style


def test_each_class_of_the_templates_is_in_the_style_and_each_of_the_style_in_a_template():
    used = set().union(
        *(re.findall(r"stormpath-[\w-]+|\bstormpath(?=[\" ])", each.read_text()) for each in TEMPLATES)
    )
    styled = set(re.findall(r"\.(stormpath[\w-]*)", STYLE.read_text()))

    ids = {"stormpath-errors", "stormpath-organization"}
    assert styled - used == set()
    assert used - styled - ids == set()
