"""A served service behind a real nginx and a real Caddy, as configured in ``docs/proxy.rst``."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from stormpath import Client, sauthc1
from stormpath.resources.application import Application
from stormpath.server.app import Service, open_service
from support import databases, outbox
from support.accounts import PASSWORD
from support.caddy_server import CaddyServer
from support.certificates import self_signed
from support.nginx_server import NginxServer
from support.ports import free_port
from support.proxy_server import block_of_page, replace
from support.served import services

REWRITTEN = {"Host": "backend:8080", "Accept-Encoding": "identity", "User-Agent": "proxy/1.0"}
NEW_PASSWORD = "An0ther <password> & more"


@dataclass
class World:
    """A service behind proxies: their base URLs by the name of what they do, and a view of its database."""

    service: Service
    base_urls: dict[str, str]
    certificate: Path

    def client(self, proxy: str, scheme: str = "SAuthc1") -> Client:
        """Return a client whose base URL is that of a proxy; the service writes hrefs with another one."""
        id, secret = self.service.local_api_key()
        aliases = [self.service.base_url]
        made = Client(self.base_urls[proxy], base_url_aliases=aliases, id=id, secret=secret, scheme=scheme)
        self.trusted_by(made.data_store.executor.session)
        return made

    def trusted_by(self, session: requests.Session) -> requests.Session:
        """Let a session trust the certificate of the proxies, whatever the environment trusts."""
        session.trust_env, session.verify = False, str(self.certificate)
        return session

    def origin(self, proxy: str) -> str:
        return self.base_urls[proxy].removesuffix("/v1").removesuffix("/users")


def rewriting_nginx(port: int, backend: int) -> str:
    headers = "".join(f'proxy_set_header {name} "{value}";\n' for name, value in REWRITTEN.items())
    location = block_of_page(
        "proxy-nginx-shortest", **{"127.0.0.1:8080;": f"127.0.0.1:{backend};\n{headers}"}
    )
    return f"server {{ listen 127.0.0.1:{port};\n{location}}}\n"


def rewriting_caddy(page: str) -> str:
    headers = "".join(f'header_up {name} "{value}"\n' for name, value in REWRITTEN.items())
    return replace(page, {"transport http": f"{headers}transport http"})


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("proxies")
    certificate = self_signed(folder)
    database = databases.sqlite_copy(request.getfixturevalue("sqlite_template"), folder)
    kinds = ("nginx's defaults", "nginx", "nginx, rewriting", "nginx, a path", "nginx, a path removed")
    nginx = {name: free_port() for name in kinds}
    caddy = {name: free_port() for name in ("caddy", "caddy, rewriting")}
    backend = free_port()
    served = f"127.0.0.1:{backend}"
    tls = {
        "listen 443 ssl": f"listen 127.0.0.1:{nginx['nginx']} ssl",
        "/etc/ssl/id.example.com.pem": str(certificate),
        "/etc/ssl/id.example.com.key": str(certificate),
    }
    shortest = block_of_page("proxy-nginx-shortest", **{"127.0.0.1:8080": served})
    path = block_of_page("proxy-nginx-path", **{"127.0.0.1:8080": served})
    removed = replace(
        path, {f"/users/ {{\n    proxy_pass http://{served}": f"/users/ {{\n    proxy_pass http://{served}/"}
    )
    for_nginx = [
        block_of_page("proxy-nginx", **tls, **{"127.0.0.1:8080": served}),
        f"server {{ listen 127.0.0.1:{nginx[kinds[0]]};\n{shortest}}}",
        rewriting_nginx(nginx["nginx, rewriting"], backend),
        f"server {{ listen 127.0.0.1:{nginx['nginx, a path']};\n{path}}}",
        f"server {{ listen 127.0.0.1:{nginx['nginx, a path removed']};\n{removed}}}",
    ]
    own = f"tls {certificate} {certificate}"
    pages = [
        block_of_page(
            "proxy-caddy",
            **{"id.example.com {": f"https://127.0.0.1:{port} {{\n{own}", "127.0.0.1:8080": served},
        )
        for port in caddy.values()
    ]
    base_urls = {name: f"http://127.0.0.1:{port}/v1" for name, port in nginx.items()}
    base_urls |= {name: f"https://127.0.0.1:{port}/v1" for name, port in caddy.items()}
    base_urls["nginx"] = base_urls["nginx"].replace("http:", "https:")
    for name in ("nginx, a path", "nginx, a path removed"):
        base_urls[name] = base_urls[name].replace("/v1", "/users/v1")
    base_urls["no proxy"] = f"http://{served}/v1"
    base_url = base_urls[kinds[0]]
    # The proxies that forward Host and path need no alias.
    aliases = [each for name, each in base_urls.items() if "," in name]
    with ExitStack() as running:
        running.enter_context(NginxServer("\n".join(for_nginx), list(nginx.values())))
        running.enter_context(CaddyServer(pages[0] + rewriting_caddy(pages[1]), list(caddy.values())))
        start = running.enter_context(services())
        start(
            database,
            *("--bind", served, "--base-url", base_url),
            STORMPATH_BASE_URL_ALIASES=",".join(aliases),
        )
        service = running.enter_context(closing(open_service(database, base_url)))
        yield World(service, base_urls, certificate)


EVERY = ("nginx's defaults", "nginx, rewriting", "nginx, a path", "nginx, a path removed", "nginx", "caddy")


@pytest.mark.parametrize(
    ("proxy", "scheme"),
    [
        *((each, "SAuthc1") for each in (*EVERY, "caddy, rewriting", "no proxy")),
        *((each, "basic") for each in ("nginx's defaults", "nginx, a path removed", "caddy, rewriting")),
    ],
)
def test_a_client_works_through_a_proxy(world: World, proxy: str, scheme: str):
    with world.client(proxy, scheme=scheme) as client:
        app = client.applications.create({"name": f"Of {proxy} by {scheme}"}, create_directory=True)
        email = "ada+x@example.com"
        account = app.accounts.create(
            {
                "given_name": "Ada",
                "surname": "L",
                "email": email,
                "password": PASSWORD,
                "custom_data": {"a": 1},
            }
        )
        account.custom_data["b_2-x"] = {"b": 2}
        account.custom_data.save()
        del account.custom_data["a"]
        account.custom_data.save()

        assert account.href.startswith(f"{world.base_urls[proxy]}/accounts/")
        assert [
            each.href for each in app.accounts.query(email=email, given_name="A*", order_by="email desc")
        ] == [account.href]
        assert app.authenticate_account(email, PASSWORD).account == account
        assert account.directory.accounts.get(account.href).custom_data["b_2-x"] == {"b": 2}
        assert "a" not in client.data_store.fetch_resource(f"{account.href}/customData")
        app.delete()


def test_applications_inside_and_outside_the_network_use_each_other_s_hrefs(world: World):
    with world.client("nginx") as outside, world.client("no proxy") as inside:
        app = outside.applications.create({"name": "Shared"})
        # Written by the service with its base URL, which is neither client's.
        href = app.href.replace(world.base_urls["nginx"], world.service.base_url)
        directory = inside.directories.create({"name": "Shared"})

        inside.account_store_mappings.create(
            {"application": {"href": href}, "account_store": {"href": directory.href}}
        )

        (mapping,) = outside.applications.get(href).account_store_mappings
        assert mapping.account_store.href.startswith(f"{world.base_urls['nginx']}/directories/")
        assert mapping.account_store.name == "Shared"
        assert outside.applications.get(href) == app
        assert inside.tenant.name == outside.tenant.name


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_client_that_signs_all_headers_works_through_a_proxy_that_keeps_them(world: World, proxy: str):
    url = f"{world.base_urls[proxy]}/applications?q=*&limit=1"
    id, secret = world.service.local_api_key()
    session = world.trusted_by(requests.Session())
    session.headers.update({"Accept": "application/json", "Content-Type": "application/json"})
    signed = sauthc1.sign(
        "GET",
        url,
        [(name, str(value)) for name, value in session.headers.items() if name != "Connection"],
        b"",
        key_id=id,
        secret=secret,
        timestamp=sauthc1.timestamp_at(time.time()),
        nonce=str(uuid4()),
    )

    answer = session.get(url, headers=signed, timeout=10)

    assert "accept-encoding;content-type;host;user-agent" in signed["Authorization"]
    assert answer.status_code == 200


@pytest.mark.parametrize("proxy", ["nginx's defaults", "nginx", "nginx, a path removed", "caddy, rewriting"])
def test_a_person_resets_a_password_through_a_proxy(world: World, proxy: str):
    with world.client("nginx's defaults") as client:
        app: Application = client.applications.create({"name": f"Reset by {proxy}"}, create_directory=True)
        email = "ada@example.com"
        app.accounts.create({"given_name": "Ada", "surname": "L", "email": email, "password": PASSWORD})
        app.send_password_reset_email(email)
        token = outbox.emails(world.service)[-1].token
        browser = world.trusted_by(requests.Session())
        page = f"{world.origin(proxy)}/passwordReset"

        form = browser.get(f"{page}?sptoken={token}", timeout=10)
        hidden = re.search(r'name="sptoken" value="([^"]+)"', form.text)
        assert hidden, form.text
        fields = {"sptoken": hidden[1], "password": NEW_PASSWORD, "confirmation": NEW_PASSWORD}
        done = browser.post(page, data=fields, headers={"Origin": world.origin(proxy)}, timeout=10)

        assert (form.status_code, done.status_code) == (200, 200)
        assert "Your password has been changed" in done.text
        assert app.authenticate_account(email, NEW_PASSWORD).account.email == email


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_a_body_beyond_a_proxy_s_own_limit_passes(world: World, proxy: str):
    with world.client(proxy) as client:
        app = client.applications.create({"name": f"Large by {proxy}"})

        app.custom_data["large"] = "x" * (2 * 1024 * 1024)
        app.custom_data.save()

        assert len(app.custom_data["large"]) == 2 * 1024 * 1024


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_health_is_told_through_a_proxy(world: World, proxy: str):
    answer = world.trusted_by(requests.Session()).get(f"{world.origin(proxy)}/health", timeout=10)

    assert answer.json() == {"status": "ok"}
