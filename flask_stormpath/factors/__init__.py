"""Second factors: asking for one at a login, and setting one up."""
