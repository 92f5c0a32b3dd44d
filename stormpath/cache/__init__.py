"""Caches: one per kind of resource (a region), each over a store of the caller's choice."""
