"""Reports out of the history, held against plain Python over the same rows."""
