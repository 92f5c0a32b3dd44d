"""Logins: what they rest on, how they begin, how long they last, and where they are listed."""
