"""The shape of the code: who imports whom."""
