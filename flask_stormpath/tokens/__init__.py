"""Access tokens: of people in cookies, and of programs in headers."""
