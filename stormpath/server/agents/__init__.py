"""The agents of mirrored directories: what they send becomes accounts, groups and memberships."""
