"""Template tags of the replay."""
