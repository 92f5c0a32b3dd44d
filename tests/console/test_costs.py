"""What a page costs: at most so many statements, however much there is, and a bounded number of bytes."""

import pytest

from console.page_paths import filled, with_ids
from console.visitor import Visitor
from service import bulk_accounts
from service.calls import Api
from service.description import CheckedApi
from service.examples import Examples
from stormpath.server.app import Service
from support.statements import statements

MOST_STATEMENTS = 25
MOST_BYTES = 100 * 1024

#: More of each than a page of a list has.
MANY = 60


@pytest.fixture
def large(service: Service, api: Api) -> dict[str, str]:
    """The paths of all pages in a tenant with many of everything."""
    examples = Examples(CheckedApi.like(api)).all()
    directory, application = examples["directories"], examples["applications"]
    for number in range(MANY):
        other = api.directory(f"Directory {number}")
        api.mapping(application, other)
        group = api.group(directory, f"Group {number}")
        api.membership(examples["accounts"], group)
    bulk_accounts.add(service, api, directory, [None] * MANY)
    found = {}
    for page in service.console.pages:
        if page.get is not None and not page.public and "{" not in page.path:
            found[page.path] = page.path
    for page in with_ids(service):
        if page.get is not None and (path := filled(page, examples)) is not None:
            found[page.path] = path
    return found


def test_no_page_takes_more_statements_or_bytes_than_it_may(
    service: Service, admin: Visitor, large: dict[str, str]
):
    too_many, too_large = {}, {}

    for template, path in large.items():
        with statements(service) as sent:
            page = admin.open(path)
        assert page.status < 500, (path, page.text)
        if len(sent) > MOST_STATEMENTS:
            too_many[template] = len(sent)
        if len(page.raw) > MOST_BYTES:
            too_large[template] = len(page.raw)

    assert too_many == {}
    assert too_large == {}
    assert len(large) > 100
