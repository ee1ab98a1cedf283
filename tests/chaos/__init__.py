"""The chaos run: a whole house on real parts, faults at random, and at every quiet point four pictures compared.

`python -m tests.chaos` (`make chaos`) is its command; no test of the suite runs it.
"""
