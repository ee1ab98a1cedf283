"""People and their numbers. For now: what the admin says about an extension, over what the PBX says."""
