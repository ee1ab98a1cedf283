"""Lease, store, flusher and the worker as a whole."""
