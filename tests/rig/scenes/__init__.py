"""What is played on the real Asterisks for the recordings: one function for each scene, its docstring is the
description in the index. Called by `tests.rig.record`, and by tests that play the same scenes elsewhere.
"""

from tests.rig.scenes import calls, others, parking, queues, reception, transfers
from tests.rig.scenes.base import SCENES, Scene


__all__ = ["SCENES", "Scene", "calls", "others", "parking", "queues", "reception", "transfers"]
