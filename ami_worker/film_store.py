"""Makes the film of one PBX out of the `Change` log: reels of what was added, and now and then a whole picture.

Only `ami_worker.filming` and tests may call this module. Everything is synchronous and runs on a thread of its own.
Each write is one transaction that asserts the lease first: `LeaseLost` when another worker has taken over. Raises
Django's `DatabaseError` when the database cannot be had now; then nothing was written and the call may be made again.
Times are Unix milliseconds.

The film of one worker has no hole: each reel begins where the one before it ended. Where nobody watched, it is begun
anew with a keyframe that says since when. A keyframe is the live tables, read in one view with the last change, so it
is right whatever came before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from ami_worker.lease import Lease
from panel.live.connection import as_written, consistent_view, groups_of, moment_of
from panel.live.models import LIVE_MODELS, Change, Pbx
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import Shot, Still, milliseconds, moment, pack_changes, pack_frame
from panel.vocabulary import Kind, seconds


BATCH: Final = 500
"""Changes in one reel at most: so many are in memory at once."""

KEYFRAME_MILLISECONDS: Final = 600_000
KEYFRAME_CHARACTERS: Final = 8_000_000
"""After so much of changes a keyframe comes sooner: who wants to see a moment has to go through all of them."""

OWED_MILLISECONDS: Final = 3_600_000
"""What was not packed for longer may have been forgotten in part; the film is begun anew then."""

SET_BACK_MILLISECONDS: Final = 60_000
"""A clock that is behind the film by more was wrong when it was made, not when it is read."""

FORGOTTEN_AT_ONCE: Final = 200
FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class _End(NamedTuple):
    """The film has everything up to this change, and until then."""

    seq: int
    at: int


class _Taken(NamedTuple):
    """What one look at the database has found."""

    shots: list[Shot]
    reel_seq: int  # the reel has everything up to this one
    frame_seq: int  # the same of the keyframe
    stills: list[Still] | None  # None: no keyframe is due, or more changes wait


class FilmStore:
    """The film of the PBX that the lease is for."""

    def __init__(self, lease: Lease, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lease = lease
        self._pbx = lease.pbx
        self._end: _End | None = None
        self._blind_since: int | None = None
        """Nobody watches since then; what is packed next ends there, and a keyframe follows."""
        self._quiet: int | None = None
        """The last reel, when it has no changes in it: it is made longer instead of a new one."""
        self._keyframe_at = self._characters = 0

    @property
    def packed(self) -> int:
        """The last change that need not be kept for the film."""
        return self._end.seq if self._end is not None else 0

    def begin(self) -> None:
        """Find where an earlier worker's film has ended, and until when its picture was true. To be called before
        anything is written about the PBX.
        """
        with consistent_view():
            self._end = self._find_end()
            last = (
                self._changes().exclude(kind=Kind.COMMAND.value).order_by("-seq").values_list("at", flat=True).first()
            )
            row = Pbx.objects.filter(key=self._pbx).values_list("row", flat=True).first()
        if self._end is None:
            return
        told = [self._end.at]
        if last is not None:
            told.append(milliseconds(last))
        if row is not None and row["as_of_at"]:
            told.append(int(seconds(row["as_of_at"]) * 1000))
        self._blind_since = max(told)

    def go_blind(self, since: int) -> None:
        """What was shown from then on was not true, or nobody could write it down. It is over when `pack` is called."""
        if self._end is not None and self._blind_since is None:
            self._blind_since = max(since, self._end.at)

    def pack(self) -> bool:
        """Put what was added on film. True when there is more, for which it is to be called again soon."""
        now = milliseconds(self._clock())
        if self._end is not None and self._end.at > now + SET_BACK_MILLISECONDS:
            self._forget_future(now)
        now = max(now, self._end.at) if self._end is not None else now
        until = self._ends_at(now)
        with consistent_view():
            taken = self._take(until, is_due=self._is_due(now))
        is_full = len(taken.shots) == BATCH
        self._write(taken, taken.shots[-1].at if is_full else until, now)
        return is_full

    def _ends_at(self, now: int) -> int:
        """The end of the reel that is to be made."""
        if self._end is None:
            return now
        until = now if self._blind_since is None else self._blind_since
        if until - self._end.at >= OWED_MILLISECONDS:
            until = self._blind_since = self._end.at
        return until

    def _is_due(self, now: int) -> bool:
        is_begun = self._end is not None and self._blind_since is None
        is_long = self._characters >= KEYFRAME_CHARACTERS
        return not is_begun or is_long or now - self._keyframe_at >= KEYFRAME_MILLISECONDS

    # --- reading ----------------------------------------------------------------------------------------------------

    def _changes(self) -> QuerySet[Change]:
        return Change.objects.filter(pbx=self._pbx)

    def _find_end(self) -> _End | None:
        reel = Reel.objects.filter(pbx=self._pbx).order_by("-ended_at", "-last_seq").first()
        frame = Keyframe.objects.filter(pbx=self._pbx).order_by("-at", "-seq").defer("frame").first()
        if frame is None:
            return None
        of_frame = _End(frame.seq, milliseconds(frame.at))
        if reel is None:
            return of_frame
        return _End(max(reel.last_seq, of_frame.seq), max(milliseconds(reel.ended_at), of_frame.at))

    def _take(self, until: int, *, is_due: bool) -> _Taken:
        shots = list(self._shots(until)) if self._end is not None else []
        packed = shots[-1].seq if shots else self.packed
        if len(shots) == BATCH:
            return _Taken(shots, packed, packed, None)
        last = max(packed, self._changes().order_by("-seq").values_list("seq", flat=True).first() or 0)
        # What came when nobody watched is in the keyframe alone.
        reel_seq = last if self._blind_since is None else packed
        return _Taken(shots, reel_seq, last, list(self._stills()) if is_due else None)

    def _shots(self, until: int) -> Iterator[Shot]:
        """Each at the time at which it was written, but not before what comes before it, nor after the reel's end."""
        assert self._end is not None
        seq, last = self._end
        # Only where nobody watched is it certain that what was written later is not of this reel.
        before = FOR_EVER if self._blind_since is None else moment(until + 1)
        with connection.cursor() as cursor:
            # As text, and not parsed to be made into the same text again.
            cursor.execute(
                """
                SELECT "seq", "kind", "key", "groups", "row", "at" FROM "live_change"
                WHERE "pbx" = %s AND "seq" > %s AND "kind" <> 'command' AND "at" < %s ORDER BY "seq" LIMIT %s
                """,
                [self._pbx, seq, connection.ops.adapt_datetimefield_value(before), BATCH],
            )
            found = cursor.fetchall()
        row_of = as_written()
        for seq, kind, key, groups, row, at in found:
            last = min(max(last, _milliseconds_of(at)), until)
            yield Shot(last, seq, kind, key, groups_of(groups), None if row is None else row_of(row))

    def _stills(self) -> Iterator[Still]:
        row_of = as_written()
        for kind, model in LIVE_MODELS.items():
            texts = (Cast(name, TextField()) for name in ("groups", "row"))
            rows = model._default_manager.filter(pbx=self._pbx).values_list("key", *texts)
            for key, groups, row in rows.iterator():
                yield Still(kind.value, key, groups_of(groups), row_of(row))

    # --- writing ----------------------------------------------------------------------------------------------------

    def _write(self, taken: _Taken, until: int, now: int) -> None:
        changes = pack_changes(taken.shots)
        frame = None if taken.stills is None else pack_frame(taken.stills)
        end, blind_since, quiet = self._end, self._blind_since, self._quiet
        with transaction.atomic():
            self._lease.assert_held()
            if end is not None and (taken.shots or until > end.at):
                quiet = self._write_reel(end, taken, until, changes)
            if frame is not None:
                since = None if blind_since is None else moment(blind_since)
                Keyframe.objects.create(
                    pbx=self._pbx, at=moment(now), seq=taken.frame_seq, blind_since=since, frame=frame
                )
        self._end, self._quiet = _End(taken.reel_seq, until), quiet
        self._characters += sum(len(shot.text or "") for shot in taken.shots)
        if frame is not None:
            self._keyframe_at, self._characters = now, 0
            if end is None or blind_since is not None:
                self._end, self._quiet, self._blind_since = _End(taken.frame_seq, now), None, None

    def _write_reel(self, end: _End, taken: _Taken, until: int, changes: bytes) -> int | None:
        """Returns its key when nothing is in it."""
        if not taken.shots and self._quiet is not None:
            Reel.objects.filter(pk=self._quiet).update(ended_at=moment(until), last_seq=taken.reel_seq)
            return self._quiet
        reel = Reel.objects.create(
            pbx=self._pbx,
            began_at=moment(end.at),
            ended_at=moment(until),
            first_seq=taken.shots[0].seq if taken.shots else end.seq + 1,
            last_seq=taken.reel_seq,
            changes=changes,
        )
        return None if taken.shots else reel.pk

    def _forget_future(self, now: int) -> None:
        """The clock was wrong when that was recorded."""
        with transaction.atomic():
            self._lease.assert_held()
            Keyframe.objects.filter(pbx=self._pbx, at__gt=moment(now)).delete()
            Reel.objects.filter(pbx=self._pbx, ended_at__gt=moment(now)).delete()
        self._end, self._quiet = self._find_end(), None
        self._blind_since = None if self._end is None else self._end.at

    def forget(self, hours: int) -> bool:
        """Forget what is older: a little at a time, and never the picture that the film begins with. 0: all of it.

        True when there is more.
        """
        frames, reels = Keyframe.objects.filter(pbx=self._pbx), Reel.objects.filter(pbx=self._pbx)
        if hours:
            oldest = self._clock() - timedelta(hours=hours)
            first = frames.filter(at__lte=oldest).order_by("-at").values_list("at", flat=True).first()
            if first is None:
                return False
            frames, reels = frames.filter(at__lt=first), reels.filter(ended_at__lte=first)
        old_frames = list(frames.order_by("at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        old_reels = list(reels.order_by("ended_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if not old_frames and not old_reels:
            return False
        with transaction.atomic():
            self._lease.assert_held()
            Keyframe.objects.filter(pk__in=old_frames).delete()
            Reel.objects.filter(pk__in=old_reels).delete()
        return FORGOTTEN_AT_ONCE in (len(old_frames), len(old_reels))


@lru_cache(100)
def _milliseconds_of(at: datetime) -> int:
    """The time of a change as a plain cursor gives it; all changes of one write have the same."""
    return milliseconds(moment_of(at))
