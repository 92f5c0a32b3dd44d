"""Applications, with their policies and endpoints."""
