"""E-mails: templates, MIME, the outbox's sender, SMTP."""
