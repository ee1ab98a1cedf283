"""The film of the board: what is recorded, and what a page gets of it."""
