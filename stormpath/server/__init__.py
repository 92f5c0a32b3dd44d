"""The service: the REST API itself, embedded in a process or served over HTTP."""
