"""One module for each migration. A released one never changes (``tests/shape/test_migrations.py``)."""
