"""Applications, their policies and endpoints."""
