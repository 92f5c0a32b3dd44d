"""E-mail workflows: verification, password reset, templates, the outbox, SMTP."""
