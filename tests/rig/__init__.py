"""The real parts of the tests: Asterisk, SIP phones, PostgreSQL, Redis and Chromium, on loopback only.

Tests take them through the fixtures of `tests.rig.fixtures`; README.md says what each offers and what it costs.
"""
