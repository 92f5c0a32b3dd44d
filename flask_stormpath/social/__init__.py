"""Logins through providers such as Google."""
