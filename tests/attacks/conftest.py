"""The fixtures of the service: both databases, and callers from tenants of their own."""

from service.conftest import api, postgresql_service, service, sqlite_service, stranger

__all__ = ["api", "postgresql_service", "service", "sqlite_service", "stranger"]
