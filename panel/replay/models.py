"""The film of one PBX: `Keyframe`, the whole picture at a moment, and `Reel`, what happened in a time after it.

Written and pruned by the worker (ami_worker/film_store.py) out of the `Change` log, read by panel/replay/reader.py. How
frames and reels are packed is in panel/replay/packing.py. A keyframe with `blind_since` begins the film anew after a
time in which nobody has watched the PBX; the reels from there on follow each other without a hole.
"""

from __future__ import annotations

from django.db import models


SEE_REPLAY = "replay.see_replay"


class Keyframe(models.Model):
    pbx = models.CharField(max_length=40)
    at = models.DateTimeField()
    seq = models.BigIntegerField(help_text="Of the last change that is in it.")
    blind_since = models.DateTimeField(null=True, help_text="From then until `at` nobody watched the PBX.")
    frame = models.BinaryField()

    class Meta:
        default_permissions = ()
        permissions = [("see_replay", "May look at the board as it was")]
        indexes = [models.Index(fields=["pbx", "at"], name="keyframe_at")]

    def __str__(self) -> str:
        return f"{self.pbx} {self.at} ({self.seq})"


class Reel(models.Model):
    """Everything that happened between two moments. One with no changes says that nothing did."""

    pbx = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    first_seq = models.BigIntegerField(help_text="Of the first change in it; of what would have been the first.")
    last_seq = models.BigIntegerField(help_text="Of the last change up to its end.")
    changes = models.BinaryField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["pbx", "ended_at"], name="reel_ended")]

    def __str__(self) -> str:
        return f"{self.pbx} {self.began_at} to {self.ended_at} ({self.first_seq} to {self.last_seq})"
