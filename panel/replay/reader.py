"""What of the film is there, and what was recorded of one time, read from the database.

Called by panel/replay/views.py alone, synchronously. All times are Unix milliseconds. Raises `django.db.Error`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import Final, NamedTuple

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from panel.history.models import Gap as GapRecord
from panel.replay.film import Cut, Gap, Recorded
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import Shot, milliseconds, moment, unpack_changes, unpack_frame


EACH_READ: Final = 20
"""Reels at a time: a piece that ends early is not read to the end of what was asked for."""


class Extent(NamedTuple):
    """From when to when there is film."""

    earliest: int
    latest: int


def extent(pbx: str) -> Extent | None:
    """None when there is no film of this PBX, or none of the last hours that may be shown."""
    frames, reels = Keyframe.objects.filter(pbx=pbx), Reel.objects.filter(pbx=pbx)
    first = frames.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return None
    ends = (
        frames.order_by("-at").values_list("at", flat=True).first(),
        reels.order_by("-ended_at").values_list("ended_at", flat=True).first(),
    )
    earliest = max(first, datetime.now(UTC) - timedelta(hours=settings.REPLAY_HOURS))
    latest = max(end for end in ends if end is not None)
    return Extent(milliseconds(earliest), milliseconds(latest)) if earliest <= latest else None


def gaps(pbx: str, within: Extent) -> list[Gap]:
    """The times in which nobody watched the PBX, as far as the film goes; none touches another."""
    began, ended = moment(within.earliest), moment(within.latest)
    blind = Keyframe.objects.filter(pbx=pbx, blind_since__lt=ended, at__gt=began)
    seen = GapRecord.objects.filter(Q(ended_at__gt=began) | Q(ended_at=None), pbx=pbx, began_at__lt=ended)
    found = [
        *seen.values_list("began_at", "ended_at", "reason"),
        *((since, at, _("The picture was not kept.")) for since, at in blind.values_list("blind_since", "at") if since),
    ]
    return _joined(
        Gap(
            max(within.earliest, milliseconds(since)),
            within.latest if until is None else min(within.latest, milliseconds(until)),
            reason,
        )
        for since, until, reason in found
    )


def _joined(found: Iterable[Gap]) -> list[Gap]:
    """In order, without empty ones; of those that touch one, with the reason of the first."""
    joined: list[Gap] = []
    for gap in sorted(gap for gap in found if gap.began < gap.ended):
        if joined and gap.began <= joined[-1].ended:
            joined[-1] = joined[-1]._replace(ended=max(joined[-1].ended, gap.ended))
        else:
            joined.append(gap)
    return joined


def recorded(pbx: str, began: int, ended: int, gaps: list[Gap]) -> Recorded | None:
    """What `film.cut_piece` needs for that time; None when there is no picture of its beginning."""
    frames = Keyframe.objects.filter(pbx=pbx)
    opening = frames.filter(at__lte=moment(began)).order_by("-at", "-pk").first()
    if opening is None:
        return None
    return Recorded(_events(opening, ended), gaps)


def _events(opening: Keyframe, ended: int) -> Iterator[Shot | Cut]:
    until = moment(ended)
    yield _cut(opening)
    later = Keyframe.objects.filter(pbx=opening.pbx, at__gt=opening.at, at__lte=until, blind_since__isnull=False)
    reels = Reel.objects.filter(
        pbx=opening.pbx, ended_at__gte=opening.at, began_at__lte=until, last_seq__gt=opening.seq
    )
    scenes: list[Iterator[Keyframe | Reel]] = [
        later.order_by("at", "seq").iterator(),
        reels.order_by("ended_at", "last_seq").iterator(EACH_READ),
    ]
    for scene in merge(*scenes, key=_place):
        if isinstance(scene, Keyframe):
            yield _cut(scene)
        else:
            yield from unpack_changes(bytes(scene.changes))


def _place(scene: Keyframe | Reel) -> tuple[datetime, int, bool]:
    """A reel that ends with the very change and moment of a picture comes before it."""
    if isinstance(scene, Keyframe):
        return scene.at, scene.seq, True
    return scene.ended_at, scene.last_seq, False


def _cut(frame: Keyframe) -> Cut:
    return Cut(milliseconds(frame.at), frame.seq, list(unpack_frame(bytes(frame.frame))))
