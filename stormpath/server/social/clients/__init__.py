"""The clients of providers, a module for each kind: what they are asked, and what their answers mean."""
