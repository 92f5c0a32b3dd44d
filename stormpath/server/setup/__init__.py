"""A new database: its tenant, the key to its secrets, its administrators."""
