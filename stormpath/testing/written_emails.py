"""The e-mails that an embedded service has written, for tests of what an application sends."""

import re
from dataclasses import dataclass, field

from stormpath.client import Client
from stormpath.embedded import EmbeddedExecutor


@dataclass(frozen=True)
class Email:
    """An e-mail in the outbox. ``text`` or ``html`` is ``None`` if it has no such body; never both."""

    to: str
    subject: str
    # A link in it is a secret.
    text: str | None = field(repr=False)
    html: str | None = field(repr=False)
    from_address: str = ""
    from_name: str = ""
    reply_to: str | None = None

    @property
    def token(self) -> str:
        """The token in its link, for ``verify_email_token`` and the like; ``ValueError`` if it has none."""
        found = re.search(r"sptoken=([\w.-]+)", f"{self.text}\n{self.html}")
        if found is None:
            raise ValueError(f"There is no link with a token in {self}.")
        return found[1]


def emails(client: Client) -> list[Email]:
    """Return the e-mails in the outbox of a client's database that are not sent yet, in order.

    They stay there, so that a client without ``smtp_url`` has all that were ever written. Costs no request.
    ``TypeError`` for a client of a served API: ``stormpath outbox`` shows its e-mails.
    """
    executor = client.data_store.executor
    if not isinstance(executor, EmbeddedExecutor):
        raise TypeError("Only a client with a database has an outbox that can be read here.")
    names = Email.__dataclass_fields__
    return [Email(**{name: getattr(each, name) for name in names}) for each in executor.emails()]
