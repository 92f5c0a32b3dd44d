"""Providers of directories, and the agents and rules that belong to them."""
