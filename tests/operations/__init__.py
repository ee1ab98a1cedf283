"""Tests of what operators' commands do to a PBX."""
