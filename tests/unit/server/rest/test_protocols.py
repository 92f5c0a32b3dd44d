"""The protocols of paths."""

import falcon

from stormpath.server.rest.protocols import Protocol, Protocols
from stormpath.server.schema.errors import ApiError


def named(name: str) -> Protocol:
    def render_error(resp: falcon.Response, error: ApiError) -> None:
        resp.text = name

    return Protocol(render_error, max_body=lambda path: 1)


def test_a_path_has_the_protocol_it_names_and_any_other_path_the_default():
    default, own = named("default"), named("own")
    protocols = Protocols(default, {"/form": own})

    assert protocols.of("/form") is own
    assert protocols.of("/form/below") is protocols.of("/") is protocols.of("") is default
