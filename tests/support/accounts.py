"""Values shared by the accounts of tests."""

PASSWORD = "Changeme1!"
