"""Resources in templates of Django and Jinja2: what they show, what it costs, and what they must not do."""

import inspect
from collections.abc import Callable
from typing import Any

import jinja2.sandbox
import pytest
from django.template import Context, Engine

import stormpath.resources
from stormpath.resources import Account
from stormpath.resources.record import Record
from support import django_settings
from unit.resources.exchange import BASE, Exchange, StubClient, account_json

Render = Callable[..., str]


def by_django(source: str, **context: Any) -> str:
    django_settings.configure()
    return str(Engine(string_if_invalid="?").from_string(source).render(Context(context)))


def by_jinja2(source: str, **context: Any) -> str:
    return jinja2.Environment(autoescape=True).from_string(source).render(context)


@pytest.fixture(params=[by_django, by_jinja2])
def render(request: pytest.FixtureRequest) -> Render:
    made: Render = request.param
    return made


@pytest.fixture
def accounts(client: StubClient, exchange: Exchange) -> Any:
    """Three accounts, the first with custom data."""
    exchange.lists("/accounts", [account_json(f"a{number}") for number in range(3)])
    exchange.holds("/accounts/a0/customData", plan="pro", deep={"list": [{"n": 7}]}, items="three")
    exchange.holds("/accounts/a0", **account_json("a0"))
    return client.accounts


@pytest.mark.parametrize(
    ("source", "text", "requests"),
    [
        ("{{ accounts.0.email }}", "a0@example.org", 1),
        ("{{ accounts.2.email }} {{ accounts.1.username }}", "a2@example.org a1", 1),
        ("{{ accounts.0 }}", "a0", 1),
        ("{{ accounts.size }}", "3", 1),
        ("{{ accounts.items.1.username }}", "a1", 1),
        ("{{ accounts.0.givenName }} {{ accounts.0.given_name }}", "Ada Ada", 1),
        ("{% for each in accounts.items %}{{ each.username }} {% endfor %}", "a0 a1 a2 ", 1),
        ("{{ account.email }}", "a0@example.org", 1),
        ("{{ account.directory.href }}", f"{BASE}/directories/d1", 1),
        ("{{ account.href }}", f"{BASE}/accounts/a0", 0),
        ("{{ account.custom_data.plan }}", "pro", 1),
        ("{{ account.customData.plan }}", "pro", 1),
        ("{{ account.custom_data.deep.list.0.n }}", "7", 1),
        ("{% if account.custom_data.plan == 'pro' %}yes{% endif %}", "yes", 1),
    ],
)
def test_both_engines_show_the_same(
    render: Render, accounts: Any, exchange: Exchange, source: str, text: str, requests: int
) -> None:
    assert render(source, accounts=accounts, account=accounts.get("a0")) == text
    assert exchange.count == requests


def test_what_is_missing_shows_nothing(accounts: Any) -> None:
    account = accounts.get("a0")
    source = "[{{ account.nickname }}{{ account.custom_data.nothing }}{{ accounts.7 }}{{ account.0 }}]"

    assert by_django(source, account=account, accounts=accounts) == "[????]"
    assert by_jinja2(source.replace("{{ accounts.7 }}", ""), account=account) == "[]"


def test_methods_without_arguments_are_called(render: Render, accounts: Any, exchange: Exchange) -> None:
    call = "()" if render is by_jinja2 else ""
    account = accounts[0]
    exchange.clear()

    assert render(f"{{{{ account.is_enabled{call} }}}}", account=account) == "True"
    assert render(f"{{{{ account.is_new{call} }}}} {{{{ account.is_new_account }}}}", account=account) == (
        "False False"
    )
    shown = "{% if name == 'email' %}{{ value }}{% endif %}"
    loop = f"{{% for name, value in account.items{call} %}}{shown}{{% endfor %}}"
    assert render(loop, account=account) == "a0@example.org"
    assert exchange.count == 0


def test_a_loop_costs_its_pages(accounts: Any, exchange: Exchange) -> None:
    source = "{% for each in accounts %}{{ each.email }}{{ each.is_enabled }} {% endfor %}"

    assert by_django(source, accounts=accounts).split() == [
        f"a{number}@example.orgTrue" for number in range(3)
    ]
    # Django asks for the length before it starts.
    assert exchange.count == 2

    exchange.clear()
    assert by_jinja2(source, accounts=accounts).count("@") == 3
    assert exchange.count == 1


def test_custom_data_is_looped_over(render: Render, accounts: Any) -> None:
    call = "()" if render is by_jinja2 else ""
    source = f"{{% for key in data.keys{call} %}}{{{{ key }}}} {{% endfor %}}"

    assert render(source, data=accounts.get("a0").custom_data) == "plan deep items "


def test_values_are_escaped(render: Render, exchange: Exchange, client: StubClient) -> None:
    account = Account(client, properties=account_json(username="<b>", givenName="<i>"))

    assert render("{{ account }}{{ account.givenName }}", account=account) == "&lt;b&gt;&lt;i&gt;"


def test_an_index_in_text_makes_no_request(accounts: Any, exchange: Exchange) -> None:
    account = accounts.get("a0")

    for container, key in [(accounts, "0"), (accounts, "size"), (accounts, "create"), (accounts, "22")]:
        with pytest.raises(KeyError):
            container[key]
    for key in ("0", "save", "is_new_account", "no-name"):
        with pytest.raises(AttributeError):
            account[key]
    with pytest.raises(AttributeError):
        getattr(accounts, "0")
    with pytest.raises(TypeError):
        account[0]
    assert accounts["4kAcc0000000000000000b"].href == f"{BASE}/accounts/4kAcc0000000000000000b"
    assert accounts["1234567890123456789012"].href == f"{BASE}/accounts/1234567890123456789012"
    assert exchange.count == 0


def test_an_attribute_with_the_name_of_a_method_is_read_where_it_is_held(client: StubClient) -> None:
    account = Account(client, properties=account_json(save="the whales"))

    assert account["save"] == "the whales"


class Careful(Account):
    """An application's own class, which overrides methods."""

    def save(self) -> None:
        super().save()

    def delete(self) -> None:
        super().delete()


@pytest.mark.parametrize(
    "source",
    ["account.delete", "account.save", "account.refresh", "account.custom_data.clear", "accounts.create"],
)
@pytest.mark.parametrize("kind", [Account, Careful])
def test_no_template_changes_anything(
    client: StubClient, accounts: Any, exchange: Exchange, source: str, kind: type[Account]
) -> None:
    account = kind(client, properties=account_json("a0"))
    account.given_name = "Eve"
    sandbox = jinja2.sandbox.SandboxedEnvironment()

    assert by_django(f"{{{{ {source} }}}}", account=account, accounts=accounts) == "?"
    with pytest.raises(jinja2.sandbox.SecurityError):
        sandbox.from_string(f"{{{{ {source}() }}}}").render(account=account, accounts=accounts)

    assert account.given_name == "Eve"
    assert not [line for line in exchange.lines if not line.startswith("GET")]


# Methods that need no argument and change nothing; of the others, templates must know.
READERS = {
    "copy", "get_access_token", "get_access_token_response", "get_jwt", "get_link_base_url", "get_status",
    "is_created", "is_disabled", "is_enabled", "is_new", "is_sms", "is_successful", "is_unverified",
    "is_verified", "is_waiting", "items", "keys", "prefetch", "preview", "query", "to_json", "values",
}  # fmt: skip


def needs_no_argument(method: Any) -> bool:
    _, *parameters = inspect.signature(method).parameters.values()
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(each.default is not each.empty or each.kind in optional for each in parameters)


def test_every_method_that_needs_no_argument_reads_or_is_marked() -> None:
    kinds = [getattr(stormpath.resources, name) for name in stormpath.resources.__all__]
    records = [each for each in kinds if isinstance(each, type) and issubclass(each, Record)]
    methods = [
        (kind, name, getattr(kind, name))
        for kind in records
        for name in dir(kind)
        if not name.startswith("_") and inspect.isfunction(inspect.getattr_static(kind, name))
    ]

    unmarked = {
        f"{kind.__name__}.{name}"
        for kind, name, method in methods
        if name not in READERS and needs_no_argument(method) and not hasattr(method, "alters_data")
    }

    assert unmarked == set()
    assert len(methods) > 500
