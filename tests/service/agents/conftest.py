"""A mirrored directory without any entry yet."""

import pytest

from service.calls import Api
from service.mirrors import Mirror, new_mirror


@pytest.fixture
def mirror(api: Api) -> Mirror:
    return new_mirror(api)
