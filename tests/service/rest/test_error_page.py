"""The page of error codes, to which ``moreInfo`` leads."""

from urllib.parse import urlsplit

from service.calls import Api
from stormpath.server.schema.errors import Code


def test_more_info_of_an_error_leads_to_the_meaning_of_its_code(api: Api) -> None:
    page, anchor = api.post("/applications", {}).json["moreInfo"].split("#")

    answer = api.request("GET", page, credentials={})

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<tr id="{anchor}"><td>2000<td>400<td>{Code.REQUIRED.meaning}'.encode() in answer.raw
    assert urlsplit(page).path == "/docs/errors.html"
