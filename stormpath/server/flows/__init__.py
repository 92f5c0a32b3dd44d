"""E-mail flows: registration, verification, password reset."""
