"""The contracts of the rules with the rest of the service: storage, the request's context, tokens."""
