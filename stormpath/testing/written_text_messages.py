"""The text messages (SMS) that an embedded service has written, for tests of second factors."""

import re
from dataclasses import dataclass, field

from stormpath.client import Client
from stormpath.embedded import EmbeddedExecutor


@dataclass(frozen=True)
class TextMessage:
    """A text message in the outbox: the number in E.164, and the text."""

    to: str
    # A code in it is a secret.
    text: str = field(repr=False)

    @property
    def code(self) -> str:
        """The code of six digits in it, for ``challenge.submit``; ``ValueError`` if it has none."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.text)
        if found is None:
            raise ValueError(f"There is no code in {self}.")
        return found[0]


def text_messages(client: Client) -> list[TextMessage]:
    """Return the text messages in the outbox of a client's database that are not sent yet, in order.

    They stay there, so that a client without ``sms_gateway`` has all that were ever written. Costs no
    request. ``TypeError`` for a client of a served API: ``stormpath outbox`` shows its messages.
    """
    executor = client.data_store.executor
    if not isinstance(executor, EmbeddedExecutor):
        raise TypeError("Only a client with a database has an outbox that can be read here.")
    return [TextMessage(each.to, each.text) for each in executor.text_messages()]
