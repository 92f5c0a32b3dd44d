"""Logins at social and OAuth 2.0 providers: their endpoints, profiles, and the accounts that they lead to."""
