"""The REST engine: serves declared resources by their rules, and imports none of them."""
