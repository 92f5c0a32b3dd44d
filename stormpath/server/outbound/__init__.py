"""Requests of the service to other systems: one client, and where it may connect."""
