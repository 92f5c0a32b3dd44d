"""The tenant and its settings."""
