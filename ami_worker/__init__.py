"""Everything between the PBX and the database."""
