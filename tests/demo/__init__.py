"""The demo PBX: it must be what Asterisk is, and a lively office."""
