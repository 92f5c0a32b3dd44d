"""Setting up a database and its tenant."""
