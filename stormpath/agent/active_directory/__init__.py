"""Active Directory, where it differs from other LDAP servers: accounts, members, changes and failed binds."""
