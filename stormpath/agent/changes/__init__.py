"""Ways to find out what has changed on a server, and which of them a server has."""
