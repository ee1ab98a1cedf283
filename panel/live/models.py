"""The live picture as tables: one per kind of row, the `Change` log, the lease that says who may write them,
and what the writer has counted.

Only the worker (`ami_worker.store`, `ami_worker.lease`) writes here; the web processes read. The live tables are a
cache of what the PBX says: a migration may drop and recreate them.

Every live table has the same three columns, and beside them the few that somebody asks for in SQL or in the admin.
`row` is the whole row as the browsers get it (see panel/vocabulary), so that reading a snapshot is one SELECT
and no assembly.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from panel.vocabulary import Kind


class LiveRow(models.Model):
    """One entity of one PBX, as it is now."""

    key = models.CharField(max_length=200, primary_key=True)
    pbx = models.CharField(max_length=40)
    groups = models.JSONField(default=list, help_text="Departments whose operators may see it; ['*'] is everybody.")
    row = models.JSONField()

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    """The fields of the row that have a column of their own."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


class Pbx(LiveRow):
    link = models.CharField(max_length=10)
    COLUMNS = ("link",)

    class Meta:
        verbose_name = "PBX"
        verbose_name_plural = "PBXs"


class Extension(LiveRow):
    number = models.CharField(max_length=80)
    name = models.CharField(max_length=120, blank=True)
    group = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10)
    COLUMNS = ("number", "name", "group", "state")


class Call(LiveRow):
    state = models.CharField(max_length=10)
    direction = models.CharField(max_length=10)
    queue = models.CharField(max_length=80, blank=True)
    COLUMNS = ("state", "direction", "queue")


class Queue(LiveRow):
    name = models.CharField(max_length=80)
    waiting = models.PositiveIntegerField()
    COLUMNS = ("name", "waiting")


class Member(LiveRow):
    queue = models.CharField(max_length=80)
    interface = models.CharField(max_length=120)
    state = models.CharField(max_length=10)
    paused = models.BooleanField()
    COLUMNS = ("queue", "interface", "state", "paused")


class Caller(LiveRow):
    queue = models.CharField(max_length=80)
    call = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    COLUMNS = ("queue", "call", "position")


class Parked(LiveRow):
    lot = models.CharField(max_length=80)
    space = models.CharField(max_length=20)
    call = models.CharField(max_length=200)
    COLUMNS = ("lot", "space", "call")

    class Meta:
        verbose_name = "parked call"


class Conference(LiveRow):
    room = models.CharField(max_length=80)
    COLUMNS = ("room",)


class Mailbox(LiveRow):
    extension = models.CharField(max_length=80, blank=True)
    new = models.PositiveIntegerField()
    COLUMNS = ("extension", "new")

    class Meta:
        verbose_name_plural = "mailboxes"


class Trunk(LiveRow):
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=20)
    COLUMNS = ("name", "state")


class OperatorOnBoard(LiveRow):
    """What the other operators see of an operator; the account itself is `accounts.Operator`."""

    extension = models.CharField(max_length=80, blank=True)
    COLUMNS = ("extension",)

    class Meta:
        verbose_name = "operator on the board"
        verbose_name_plural = "operators on the board"


class Listening(LiveRow):
    """Who listens to a call now; who has listened is `commands.Listening`."""

    call = models.CharField(max_length=200)
    party = models.CharField(max_length=200)
    mode = models.CharField(max_length=10, blank=True)
    COLUMNS = ("call", "party", "mode")

    class Meta:
        verbose_name = "listener"


class Alert(LiveRow):
    queue = models.CharField(max_length=80)
    COLUMNS = ("queue",)


LIVE_MODELS: dict[Kind, type[LiveRow]] = {
    Kind.PBX: Pbx,
    Kind.EXTENSION: Extension,
    Kind.CALL: Call,
    Kind.QUEUE: Queue,
    Kind.MEMBER: Member,
    Kind.CALLER: Caller,
    Kind.PARKED: Parked,
    Kind.CONFERENCE: Conference,
    Kind.MAILBOX: Mailbox,
    Kind.TRUNK: Trunk,
    Kind.OPERATOR: OperatorOnBoard,
    Kind.LISTENING: Listening,
    Kind.ALERT: Alert,
}
"""Every kind but `command`, whose rows are `commands.Command`."""


class Change(models.Model):
    """One entity came to be, changed or went (`row` is null). The order of `seq` is the order of the commits."""

    seq = models.BigAutoField(primary_key=True)
    pbx = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=200)
    groups = models.JSONField(default=list)
    row = models.JSONField(null=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.key}"


class Lease(models.Model):
    """Which worker keeps the picture of a PBX. See ami_worker/lease.py for how it is taken, renewed and lost."""

    pbx = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=120, blank=True)
    epoch = models.BigIntegerField(
        default=0, help_text="Counts the take-overs: a writer with a lower one is fenced off."
    )
    nonce = models.CharField(max_length=32, blank=True, help_text="Tells two databases with the same epoch apart.")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pbx}: {self.owner or 'nobody'} ({self.epoch})"


class Work(models.Model):
    """What the worker of a PBX has counted (`WorkerFigures`), written with the lease that it renews anyway.

    A table of its own: every flush copies the row of the lease, and every look of a feed reads it.
    """

    pbx = models.CharField(max_length=40, primary_key=True)
    figures = models.JSONField()

    def __str__(self) -> str:
        return self.pbx
