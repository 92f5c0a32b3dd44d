"""Migrations: the changes of the tables from one version to the next."""
