"""Login attempts and account linking."""
