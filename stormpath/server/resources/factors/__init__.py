"""Second factors: phones, factors and their challenges (rest-auth 8)."""
