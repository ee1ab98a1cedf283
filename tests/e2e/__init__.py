"""The whole product: PBX, worker, web, and what a browser or a script sees of it."""
