"""Management commands that start the panel."""
