"""Password hashing, encryption of secrets, certificates, authentication of requests."""
