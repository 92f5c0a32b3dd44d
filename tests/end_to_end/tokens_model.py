"""Which tokens are good, as plain Python values."""

from __future__ import annotations


class Tokens:
    """At most one that verifies the address of an account, any number that set its password.

    Accounts are named by their hrefs. What is good no more stays among the ``dead``, by its purpose.
    """

    def __init__(self) -> None:
        self.verifying: dict[str, str] = {}
        self.resetting: dict[str, str] = {}
        self.dead_verifying: list[str] = []
        self.dead_resetting: list[str] = []

    def wait(self, account: str, token: str) -> None:
        """Let an account wait for a token, in the place of any that it waits for."""
        if self.verifying.get(account) != token:
            self.stop_waiting(account)
            self.verifying[account] = token

    def stop_waiting(self, account: str) -> None:
        """End the token that an account waits for, if it does."""
        if account in self.verifying:
            self.dead_verifying.append(self.verifying.pop(account))

    def end_resets(self, account: str) -> None:
        """End all tokens that set an account's password."""
        ended = [token for token, each in self.resetting.items() if each == account]
        for token in ended:
            del self.resetting[token]
        self.dead_resetting += ended

    def end(self, account: str) -> None:
        """End all tokens of an account that is gone."""
        self.stop_waiting(account)
        self.end_resets(account)
