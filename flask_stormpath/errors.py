"""The exceptions of the extension."""


class ConfigurationError(Exception):
    """A setting is missing or wrong, or names something that the service does not have."""
