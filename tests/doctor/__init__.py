"""Tests of pbx_doctor."""
