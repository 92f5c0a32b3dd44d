"""The stand-ins of providers."""

from support.providers.fixtures import facebook, generic, github, google, linkedin, twitter

__all__ = ["facebook", "generic", "github", "google", "linkedin", "twitter"]
