"""Operators: who logs in, with which role, from which phone, and for which departments."""
