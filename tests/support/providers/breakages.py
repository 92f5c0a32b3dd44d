"""What goes wrong at providers."""

from support.providers.stand_in import Answer, Breakage, StandIn

#: An address of a cloud's own, which tells machines their credentials.
PRIVATE = "http://169.254.169.254/latest/meta-data/iam"

PAGE = b"<!DOCTYPE html><html><body><h1>hunter2: down for maintenance</h1></body></html>"


def down(stand_in: StandIn) -> None:
    """Close the connection."""


def slow(stand_in: StandIn) -> None:
    """Answer nothing until the test ends."""
    stand_in.stopping.wait(30)


def html(stand_in: StandIn) -> Answer:
    return Answer(200, body=PAGE, headers={"Content-Type": "text/html"})


def error_page(stand_in: StandIn) -> Answer:
    return Answer(503, body=PAGE, headers={"Content-Type": "text/html"})


def huge(stand_in: StandIn) -> Answer:
    return Answer(200, {"id": "1001", "sub": "1001", "filling": "x" * 1_000_000})


def elsewhere(stand_in: StandIn) -> Answer:
    """Lead to a private address."""
    return Answer(302, {}, headers={"Location": PRIVATE})


def saying(status: int, value: object) -> Breakage:
    """Answer with this status and JSON."""
    return lambda stand_in: Answer(status, value)


def writing(body: bytes, content_type: str = "application/json") -> Breakage:
    """Answer with status 200 and this body."""
    return lambda stand_in: Answer(200, body=body, headers={"Content-Type": content_type})
