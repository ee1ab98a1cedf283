"""Wallboards and alerts."""
