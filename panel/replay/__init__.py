"""The replay: what the board showed at any moment of the last day."""
