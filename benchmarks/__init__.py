"""Benchmarks: what this project promises in figures, each beside a plain alternative measured in the same run.

`python -m benchmarks` (or `make bench`) runs all of them and prints one table; each module also runs alone.
"""
