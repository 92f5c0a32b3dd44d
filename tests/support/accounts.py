"""What accounts in tests have in common."""

PASSWORD = "Changeme1!"
