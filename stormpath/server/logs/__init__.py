"""The service's log: safe lines, one for each event, and the security events among them."""
