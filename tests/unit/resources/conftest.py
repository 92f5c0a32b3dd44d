import pytest

from unit.resources.exchange import Exchange, StubClient


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def client(exchange: Exchange) -> StubClient:
    return StubClient(exchange)
