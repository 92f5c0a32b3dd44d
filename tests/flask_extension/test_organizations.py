"""Organizations: by a field, or by the host of the request."""

import itertools

import pytest

from flask_extension.sites import JSON, PASSWORD, NewSite, Site

_numbers = itertools.count(1)


@pytest.fixture
def site(new_site: NewSite, where) -> Site:
    """An app that serves two organizations; Joe belongs to the first, whose name key is ``site.key``."""
    site = new_site(STORMPATH_ENABLE_ORGANIZATIONS=True, STORMPATH_ORGANIZATION_DOMAIN="example.com")
    client = site.manager.client
    number = next(_numbers)
    for name in ("acme", "umbrella"):
        directory = client.directories.create({"name": f"{name} {site.application.href}"})
        made = client.organizations.create({"name": f"{name} {number}", "name_key": f"{name}-{number}"})
        client.organization_account_store_mappings.create(
            {"organization": made, "account_store": directory, "is_default_account_store": True}
        )
        if name == "acme":
            client.account_store_mappings.create({"application": site.application, "account_store": made})
            directory.accounts.create({"email": "joe@acme.com", "password": PASSWORD, "surname": "Doe"})
    site.key, site.other = f"acme-{number}", f"umbrella-{number}"
    return site


def log_in(site: Site, host: str = "localhost", **more: str):
    form = {"login": "joe@acme.com", "password": PASSWORD, **more}
    return site.browser.post("/login", data=form, base_url=f"http://{host}")


def test_people_log_in_to_the_organization_of_the_host(site: Site):
    assert log_in(site, f"{site.key}.example.com").status_code == 302


def test_people_log_in_to_the_organization_that_a_field_names(site: Site):
    assert log_in(site, organizationNameKey=site.key).status_code == 302


def test_a_program_names_it_in_its_body(site: Site):
    body = {"login": "joe@acme.com", "password": PASSWORD, "organizationNameKey": site.key}

    assert site.browser.post("/login", json=body, headers=JSON).status_code == 200
    assert (
        site.browser.post("/login", json=body | {"organizationNameKey": "x"}, headers=JSON).status_code == 400
    )


@pytest.mark.parametrize("host", ["{other}.example.com", "unknown.example.com", "a.{key}.example.com"])
def test_no_one_logs_in_elsewhere(site: Site, host: str):
    assert log_in(site, host.format(key=site.key, other=site.other)).status_code == 200


def test_other_hosts_name_no_organization(site: Site):
    for host in ("example.com", f"{site.key}.example.org", f"{site.key}example.com"):
        assert log_in(site, host).status_code == 302


def register(site: Site, host: str, **more: str):
    form = {"given_name": "Ann", "surname": "Lee", "email": "ann@acme.com", "password": PASSWORD, **more}
    return site.browser.post("/register", data=form, base_url=f"http://{host}")


def test_people_register_for_the_organization(site: Site):
    assert register(site, f"{site.key}.example.com").status_code == 302

    (organization,) = site.manager.client.organizations.search({"name_key": site.key})
    assert "ann@acme.com" in [each.email for each in organization.accounts]


def test_no_one_registers_for_an_organization_of_another_application(site: Site):
    for key in (site.other, "unknown"):
        page = register(site, f"{key}.example.com")
        assert (page.status_code, "This organization does not exist." in page.text) == (200, True)


def test_an_app_without_organizations_knows_no_field(new_site):
    site = new_site()
    site.add()
    form = {"login": site.address, "password": PASSWORD, "organizationNameKey": "acme"}

    assert site.browser.post("/login", data=form).status_code == 302
