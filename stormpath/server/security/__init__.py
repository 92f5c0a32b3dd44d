"""Password hashing, encryption at rest, and who is calling."""
