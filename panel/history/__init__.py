"""What happened: every call, every passage through a queue, and what the members of queues did meanwhile."""
