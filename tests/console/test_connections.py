"""No page takes a second connection to the database: under load, all would wait for each other."""

from contextlib import closing

from console.page_paths import filled, with_ids
from console.visitor import owner
from service.calls import Api
from service.conftest import accepts_any_mail_server
from service.description import CheckedApi
from service.examples import Examples
from stormpath.server.app import open_service
from support import outbound


def test_every_page_gets_along_with_one_connection():
    # A database in memory has one connection, for which the second one would wait in vain.
    with closing(open_service("sqlite://")) as service:
        service.try_smtp, service.outbound = accepts_any_mail_server, outbound.client()
        api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
        examples = Examples(CheckedApi.like(api)).all()
        admin = owner(api)
        admin.log_in()
        paths = [page.path for page in service.console.pages if page.get and "{" not in page.path]
        paths += [path for page in with_ids(service) if page.get and (path := filled(page, examples))]

        refused = [path for path in paths if admin.open(path).status >= 500]

    assert refused == []
    assert len(paths) > 150
