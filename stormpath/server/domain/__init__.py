"""What rules need from the rest of the service: storage contracts, the request's context, one-time tokens."""
