"""What happened, as the worker has seen it: passages through queues, calls, what members did, and when it saw nothing.

Only the worker writes here (`ami_worker.statements`), in the transaction that writes the live picture; everybody may
read. A row is written when its story begins and again at each turn of it, under the same key, so a worker that dies
leaves an open row and not a missing one; the next worker closes it as `unknown` and not complete. Times are UTC.

`groups` are the departments whose operators may see the row, as in `panel.live.models`. `is_complete` is false where
the worker has not seen all of it: such a row counts, and is marked where it is shown.
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from panel.vocabulary import RecordKind


SEE_REPORTS = "history.see_reports"


class Outcome(models.TextChoices):
    """How a passage through a queue ended. The first is not the end yet."""

    WAITING = "waiting", "waiting"
    ANSWERED = "answered", "answered"
    ABANDONED = "abandoned", "the caller hung up"
    TIMEOUT = "timeout", "waited as long as the queue allows"
    LEFT = "left", "left by a key, or was sent away by the queue"
    MOVED = "moved", "was sent elsewhere by an operator"
    WITHDRAWN = "withdrawn", "was let out of the queue by an operator"
    UNKNOWN = "unknown", "not seen"


LOST = (Outcome.ABANDONED, Outcome.TIMEOUT, Outcome.LEFT)


class EndedBy(models.TextChoices):
    """Who ended the talk of a passage that was answered."""

    NOBODY = "", "not yet"
    AGENT = "agent", "the agent"
    CALLER = "caller", "the caller"
    TRANSFER = "transfer", "a transfer"
    UNKNOWN = "unknown", "not seen"


class Record(models.Model):
    """What all of them have. `key` is the worker's name for the row, and unique over all PBXs."""

    key = models.CharField(max_length=300, unique=True)
    pbx = models.CharField(max_length=40)
    groups = models.JSONField(default=list)
    is_complete = models.BooleanField(default=True)
    is_open = models.BooleanField(default=True, help_text="Goes on: the worker will write it again.")

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    """The fields that the worker writes beside key, pbx and groups."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


class Passage(Record):
    """One caller's way through one queue: from joining it to leaving it, and the talk if there was one."""

    queue = models.CharField(max_length=80)
    call = models.CharField(max_length=200, help_text="The key of the call (its Linkedid).")
    uniqueid = models.CharField(max_length=150, help_text="The caller's channel.")
    number = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=120, blank=True)
    dialled = models.CharField(max_length=80, blank=True)
    joined_at = models.DateTimeField()
    position = models.PositiveIntegerField(help_text="At joining.")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.WAITING)
    left_at = models.DateTimeField(null=True, help_text="Out of the queue, whatever came then. Null: waits.")
    left_position = models.PositiveIntegerField(default=0)
    agent = models.CharField(max_length=120, blank=True, help_text="The interface of the member who answered.")
    agent_name = models.CharField(max_length=120, blank=True)
    agent_extension = models.CharField(max_length=80, blank=True)
    talk_ended_at = models.DateTimeField(null=True, help_text="Null: not answered, or talking.")
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True)
    rings_without_answer = models.PositiveIntegerField(default=0)
    staff = models.JSONField(
        default=dict,
        help_text="At leaving without an answer: names of the members by what they did, such as "
        '{"paused": ["Anna"], "ringing": [], "busy": [], "free": [], "offline": []}.',
    )

    COLUMNS = (
        "is_complete", "is_open", "queue", "call", "uniqueid", "number", "name", "dialled", "joined_at", "position",
        "outcome", "left_at", "left_position", "agent", "agent_name", "agent_extension", "talk_ended_at", "ended_by",
        "rings_without_answer", "staff",
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["joined_at", "queue"], name="passage_joined"),
            models.Index(fields=["number", "joined_at"], name="passage_number"),
            models.Index(fields=["call"], name="passage_call"),
            models.Index(fields=["pbx"], name="passage_open", condition=models.Q(is_open=True)),
        ]


class Call(Record):
    """One call, from its first channel to its last."""

    call = models.CharField(max_length=200)
    direction = models.CharField(max_length=10)
    number = models.CharField(max_length=80, blank=True, help_text="Of the other side.")
    name = models.CharField(max_length=120, blank=True)
    dialled = models.CharField(max_length=80, blank=True)
    extensions = models.JSONField(default=list, help_text="Keys of our extensions that talked in it, in order.")
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    story = models.JSONField(default=list, help_text="As in the row of a call on the board.")

    COLUMNS = (
        "is_complete", "is_open", "call", "direction", "number", "name", "dialled", "extensions", "started_at",
        "answered_at", "ended_at", "story",
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["started_at"], name="call_started"),
            models.Index(fields=["number", "started_at"], name="call_number"),
            models.Index(fields=["pbx"], name="call_open", condition=models.Q(is_open=True)),
        ]


class Span(Record):
    """What a member of a queue did for a while.

    Of the kinds, `member` says that the person was a member at all, `paused` has the reason, and `ringing`,
    `talking` and `wrapup` are for calls of this queue.
    """

    queue = models.CharField(max_length=80)
    agent = models.CharField(max_length=120, help_text="The interface.")
    agent_name = models.CharField(max_length=120, blank=True)
    agent_extension = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10)
    reason = models.CharField(max_length=80, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    COLUMNS = (
        "is_complete", "is_open", "queue", "agent", "agent_name", "agent_extension", "kind", "reason", "began_at",
        "ended_at",
    )  # fmt: skip

    class Meta:
        indexes = [
            models.Index(fields=["began_at", "queue"], name="span_began"),
            # Memberships may have begun years ago: of a day they are found by their end.
            models.Index(fields=["kind", "ended_at", "began_at", "id"], name="span_ended"),
            models.Index(fields=["pbx"], name="span_open", condition=models.Q(is_open=True)),
        ]


class Gap(Record):
    """When the worker saw nothing of a PBX: figures over it are marked as incomplete."""

    reason = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    COLUMNS = ("is_complete", "is_open", "reason", "began_at", "ended_at")

    class Meta:
        indexes = [
            models.Index(fields=["began_at"], name="gap_began"),
            models.Index(fields=["pbx"], name="gap_open", condition=models.Q(is_open=True)),
        ]


HISTORY_MODELS: dict[RecordKind, type[Record]] = {
    RecordKind.PASSAGE: Passage,
    RecordKind.CALL: Call,
    RecordKind.SPAN: Span,
    RecordKind.GAP: Gap,
}


class Goal(models.Model):
    """The service level that a queue is to reach; a queue without one has the defaults. Edited in the admin, read by
    the worker (ami_worker/store.py).
    """

    queue = models.CharField(max_length=80, unique=True, help_text="As the PBX calls it.")
    seconds = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(3600)], help_text="Answered within so many …"
    )
    percent = models.PositiveSmallIntegerField(
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="… for at least so many of a hundred callers.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["queue"]

    def __str__(self) -> str:
        return f"{self.queue}: {self.percent} % within {self.seconds} s"


class Report(models.Model):
    """No table of its own: what the right to see the reports belongs to."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("see_reports", "May see the reports")]

    def __str__(self) -> str:
        return "report"


class OfDay(models.Model):
    """What is kept of one local day that is over: see days.py, which writes it. It can be worked out again from the
    other tables, as long as those have the day.
    """

    audience = models.CharField(
        max_length=32, blank=True, help_text="Stands for the departments whose figures these are; empty: everything."
    )
    day = models.DateField()
    zone = models.CharField(max_length=60, help_text="The time zone whose day it is.")

    class Meta:
        abstract = True


class DayFigures(OfDay):
    """The figures of one queue or agent, or of all together."""

    by = models.CharField(max_length=10, help_text="queue, agent or total.")
    key = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=120, blank=True)
    basis = models.CharField(max_length=16, help_text="Changes with the goals.")
    made_at = models.DateTimeField()
    # As in tallies.Tally …
    offered = models.BigIntegerField()
    answered = models.BigIntegerField()
    abandoned = models.BigIntegerField()
    timeout = models.BigIntegerField()
    left = models.BigIntegerField()
    moved = models.BigIntegerField()
    withdrawn = models.BigIntegerField()
    unknown = models.BigIntegerField()
    waiting = models.BigIntegerField()
    within = models.BigIntegerField()
    waits = models.BigIntegerField()
    wait = models.BigIntegerField()
    longest = models.BigIntegerField()
    talks = models.BigIntegerField()
    talk = models.BigIntegerField()
    incomplete = models.BigIntegerField()
    # … and in staffing.Work.
    member = models.BigIntegerField()
    ringing = models.BigIntegerField()
    talking = models.BigIntegerField()
    wrapup = models.BigIntegerField()
    paused = models.BigIntegerField()
    partly_seen = models.BigIntegerField()
    agents = models.JSONField(
        default=dict, help_text="Of a queue: by agent the name and then these figures, of what was done for this queue."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "by", "zone", "day", "key"], name="day_figures_once")
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day} {self.by} {self.key}"


class DayPauses(OfDay):
    """The pauses for one reason, as in pauses.Pauses: in one queue, or with no queue in all of them together."""

    queue = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=80, blank=True)
    number = models.BigIntegerField()
    time = models.BigIntegerField()
    longest = models.BigIntegerField()
    partly_seen = models.BigIntegerField()
    people = models.JSONField(help_text="The interfaces of the agents.")
    heads = models.JSONField(help_text="Lengths of the pauses that go on from the day before, by agent.")
    tails = models.JSONField(help_text="Lengths of the pauses that go on into the next day, by agent.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audience", "zone", "queue", "day", "reason"], name="day_pauses_once")
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day} {self.queue} {self.reason}"
