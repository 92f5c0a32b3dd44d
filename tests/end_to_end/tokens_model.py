"""A model of valid tokens, as plain Python values."""

from __future__ import annotations


class Tokens:
    """For each account at most one verification token, and any number of reset tokens.

    Accounts are named by their hrefs. Invalid tokens stay among the ``dead``, by purpose.
    """

    def __init__(self) -> None:
        self.verifying: dict[str, str] = {}
        self.resetting: dict[str, str] = {}
        self.dead_verifying: list[str] = []
        self.dead_resetting: list[str] = []

    def wait(self, account: str, token: str) -> None:
        """Let an account wait for a token, which replaces an earlier one."""
        if self.verifying.get(account) != token:
            self.stop_waiting(account)
            self.verifying[account] = token

    def stop_waiting(self, account: str) -> None:
        """Revoke the verification token of an account, if there is one."""
        if account in self.verifying:
            self.dead_verifying.append(self.verifying.pop(account))

    def end_resets(self, account: str) -> None:
        """Revoke all reset tokens of an account."""
        ended = [token for token, each in self.resetting.items() if each == account]
        for token in ended:
            del self.resetting[token]
        self.dead_resetting += ended

    def end(self, account: str) -> None:
        """Revoke all tokens of a deleted account."""
        self.stop_waiting(account)
        self.end_resets(account)
