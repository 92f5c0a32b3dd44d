"""Text messages: their place in the outbox, and the gateway that sends them."""
