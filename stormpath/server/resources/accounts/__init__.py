"""Accounts, their links, passwords and API keys."""
