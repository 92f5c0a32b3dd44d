"""Work that is done later and in the background: leases, backoff, retries, threads."""
