"""Callers who waited in a queue and were not answered: why, and who calls them back."""
