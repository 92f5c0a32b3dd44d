"""Second factors: challenges, one-time passwords and recovery codes, and the guesses at them."""
