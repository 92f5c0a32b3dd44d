import pytest

from stormpath.resources import Application
from unit.api_auth.world import KEY, World
from unit.resources.exchange import Exchange


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def world(exchange: Exchange) -> World:
    """An application with an account and its API key."""
    return World(exchange)


@pytest.fixture
def app(world: World) -> Application:
    return world.app


@pytest.fixture
def basic() -> dict[str, str]:
    """Headers with the id and secret of the key."""
    return KEY.headers()
