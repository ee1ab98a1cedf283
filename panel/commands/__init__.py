"""What an operator may tell the PBX to do: the catalogue, who may, and the record of what came of it."""
