"""The agent of a mirrored directory: a program beside an LDAP or Active Directory server.

It reads accounts, groups and memberships there and sends them to the service, and it tries passwords there on
behalf of logins. It connects outward only. It needs the extra ``ldap``.
"""
