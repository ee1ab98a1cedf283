"""Template filters of the lost calls."""
