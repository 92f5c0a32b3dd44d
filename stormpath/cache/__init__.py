"""The cache: one region per kind of resource, each over a store that the caller chooses."""
