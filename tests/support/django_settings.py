"""Django without a project: the least that its requests and templates need."""

from django.conf import settings


def configure() -> None:
    """Configure Django once for the whole process of tests: it cannot be configured anew."""
    if not settings.configured:
        settings.configure(USE_I18N=False)
