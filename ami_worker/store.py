"""The worker's only way into the database: the live tables, the `Change` log, command states, and what the admin
has configured.

Only `ami_worker.service` may call this module. Everything is synchronous and runs on the worker's one database
thread, so no two of these calls overlap. Each call that writes the picture is one transaction that asserts the
lease first; it raises `LeaseLost` when another worker has taken over, and Django's `DatabaseError` when the
database cannot be had now, in which case nothing was written and the call may be made again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Max

from ami_worker import archive
from ami_worker.intake import intent_of
from ami_worker.keys import Keys
from ami_worker.lease import Lease
from ami_worker.mirror import Change, Listing, Loan, Past, Record, Target, Written
from ami_worker.operations import Intent, Outcome
from ami_worker.statements import write, write_records
from panel.accounts.roles import role_of
from panel.commands import listening
from panel.commands.models import Command
from panel.directory.models import Listing as ListingRow
from panel.directory.models import Loan as LoanRow
from panel.directory.models import PhoneNumber
from panel.history.models import Goal
from panel.live.connection import Commits, CommitWatch, commits_of_others
from panel.live.models import LIVE_MODELS, Work
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.vocabulary import CommandState, Kind, OperatorRow, WorkerFigures


PRUNE_BATCH = 5_000

_State = tuple[int, datetime | None]


class Store:
    """Writes one PBX's picture under its lease. What is written has its keys as `Keys.outward` gives them; what comes
    back, as the mirror knows them.
    """

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._keys = Keys(lease.pbx)
        self._pbx = lease.pbx
        self.watch = CommitWatch.of_our_database()
        """Says when nobody can have given a command since the last `claim`; may be asked on any thread."""
        self._commits_claimed: Commits | None = None
        """Of those nothing is left to claim."""
        self._listings_seen: tuple[_State, _State] | None = None
        self._goals_seen: _State | None = None
        self._commits_configured: Commits | None = None
        self.changes_written = 0

    # --- the picture ------------------------------------------------------------------------------------------------

    def flush(self, batch: Sequence[Written], *, after_gap: bool = False) -> None:
        """Write changes and records in one transaction. `after_gap`: nobody has watched the PBX before these."""
        if not batch:
            return
        changes, records = _parted(batch)
        # The web reads a long batch in parts: "live" must not come before the last of what it stands for.
        changes.sort(key=lambda change: change.kind is Kind.PBX)
        with transaction.atomic():
            self._lease.assert_held()
            write_records(self._pbx, records)
            write(self._pbx, changes)
            listenings = [(each.key, each.groups, each.row) for each in changes if each.kind is Kind.LISTENING]
            listening.record(self._pbx, listenings, end_is_known=not after_gap)
            self._lease.keep()  # a worker that has very much to write is not to be taken for dead
        self.changes_written += len(changes)
        self._settle()

    def _settle(self) -> None:
        """A write of our own is nothing to claim; to be woken for each was half of what the claims cost under load."""
        state = self.watch.state()  # first: what is committed before the answer makes this state an old one
        try:
            commits = commits_of_others()
        except DatabaseError:
            return  # what was to be written is written; the next claim meets the same error, and says it
        if commits is not None and commits == self._commits_claimed:
            self.watch.settle(state)

    def replace(self, batch: Sequence[Written]) -> None:
        """Make the live tables equal to the picture in `batch`, whatever an earlier worker left in them; the records in
        it are written as always.

        Only what differs is written, so that a restart of the worker shows on the boards as what really changed.
        """
        picture, records = _parted(batch)
        changes: list[Change] = []
        wanted = {(change.kind, change.key): change for change in picture if change.row is not None}
        for kind, model in LIVE_MODELS.items():
            stored = model._default_manager.filter(pbx=self._pbx).values_list("key", "groups", "row")
            for key, groups, row in stored:
                here = wanted.pop((kind, key), None)
                if here is None:
                    changes.append(Change(kind, key, tuple(groups), None))
                elif (here.groups, here.row) != (tuple(groups), row):
                    changes.append(here)
        self.flush([*changes, *wanted.values(), *records], after_gap=True)

    def prune(self, packed: int | None = None) -> None:
        """Forget changes older than the retention, a batch at a time so that no reader waits long; not those after
        `packed`, which are not on film yet.
        """
        oldest = datetime.now(UTC) - timedelta(seconds=settings.CHANGE_RETENTION_SECONDS)
        old = ChangeRow.objects.filter(pbx=self._pbx, at__lt=oldest)
        if packed is not None:
            old = old.filter(seq__lte=packed)
        while True:
            batch = list(old.order_by("seq").values_list("seq", flat=True)[:PRUNE_BATCH])
            if batch:
                with transaction.atomic():
                    self._lease.assert_held()
                    ChangeRow.objects.filter(pbx=self._pbx, seq__lte=batch[-1]).delete()
            if len(batch) < PRUNE_BATCH:
                break
        before = datetime.now(UTC) - timedelta(days=settings.HISTORY_DAYS)
        archive.prune(self._pbx, before, PRUNE_BATCH, assert_held=self._lease.assert_held)

    def renew(self, figures: WorkerFigures) -> None:
        """Prolong the lease, and in the same transaction say what has been done: that costs no commit of its own."""
        with transaction.atomic():
            self._lease.renew()
            Work.objects.bulk_create(
                [Work(pbx=self._pbx, figures=figures)],
                update_conflicts=True,
                unique_fields=["pbx"],
                update_fields=["figures"],
            )

    def forget_removed(self) -> None:
        """Take PBXs that PBXS does not name any more off the boards; their history stays. A change of the leases is a
        new epoch, with which everybody reads the tables.
        """
        with transaction.atomic():
            self._lease.assert_held()
            for rows in (*(model._default_manager for model in LIVE_MODELS.values()), Work.objects, LeaseRow.objects):
                rows.exclude(pbx__in=settings.PBXS).delete()

    # --- the history ------------------------------------------------------------------------------------------------

    def past(self, day_began_at: float) -> Past:
        """What an earlier worker has left in the history; to be asked for before anything is written."""
        return archive.past(self._pbx, day_began_at)

    def targets(self) -> dict[str, Target] | None:
        """The service levels that the admin wants, by queue; None when nothing was changed since the last call."""
        state = _state_of(Goal)
        if state == self._goals_seen:
            return None
        self._goals_seen = state
        keys = self._keys
        return {
            keys.inside(goal.queue): Target(goal.seconds, goal.percent)
            for goal in Goal.objects.all()
            if keys.is_ours(goal.queue)
        }

    # --- commands ---------------------------------------------------------------------------------------------------

    def claim(self) -> list[Intent]:
        """Take the commands that are waiting: each becomes `sent` exactly once, or `failed` when it came too late."""
        commits = commits_of_others()
        if commits is not None and commits == self._commits_claimed:
            return []
        intents = self._claim_pending()
        self._commits_claimed = commits
        return intents

    def _claim_pending(self) -> list[Intent]:
        if not self._is_something_pending():
            return []
        pending = Command.objects.filter(pbx=self._pbx, state=CommandState.PENDING)
        waiting = list(pending.select_related("operator").order_by("created_at"))
        with transaction.atomic():
            self._lease.assert_held()
            now = datetime.now(UTC)
            moved = [command for command in waiting if _begin(command, now)]
            self._append_commands(moved)
            # Before the commit: a command that is `sent` and in nobody's hands would never end.
            return [intent_of(command, self._keys) for command in moved if command.state == CommandState.SENT]

    def _is_something_pending(self) -> bool:
        """Asked after every commit of others; Django would take longer for the question than the database does."""
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT 1 FROM "commands_command" WHERE "pbx" = %s AND "state" = 'pending' LIMIT 1""", [self._pbx]
            )
            return cursor.fetchone() is not None

    def finish(self, key: str, outcome: Outcome) -> bool:
        """Record the outcome of a command that was sent. False when it had one already."""
        with transaction.atomic():
            self._lease.assert_held()
            ended = Command.objects.filter(key=key, pbx=self._pbx, state=CommandState.SENT).update(
                state=outcome.state.value,
                reason=outcome.reason,
                text=outcome.text[:300],
                call=self._keys.outside(outcome.call),
                changes=list(outcome.changes),
                ended_at=datetime.now(UTC),
            )
            if ended:
                self._append_commands([Command.objects.get(key=key)])
        return bool(ended)

    def abandon_unfinished(self, text: str) -> None:
        """What an earlier worker had sent and not finished is `unknown`: it may have been done, so it is never sent
        again.
        """
        with transaction.atomic():
            self._lease.assert_held()
            unfinished = list(Command.objects.filter(pbx=self._pbx, state=CommandState.SENT).select_for_update())
            for command in unfinished:
                command.state, command.reason, command.text = CommandState.UNKNOWN.value, "worker_lost", text
                command.ended_at = datetime.now(UTC)
                command.save(update_fields=["state", "reason", "text", "ended_at"])
            self._append_commands(unfinished)

    # --- loans of members -------------------------------------------------------------------------------------------

    def loans(self) -> list[Loan]:
        """Those that run, or should have ended meanwhile."""
        return [
            Loan(row.queue, row.interface, row.until.timestamp(), row.by, row.login_at)
            for row in LoanRow.objects.filter(pbx=self._pbx)
        ]

    def keep_loan(self, loan: Loan) -> None:
        """Write it down, over an older one of the same member."""
        until = datetime.fromtimestamp(loan.until, UTC)
        with transaction.atomic():
            self._lease.assert_held()
            LoanRow.objects.update_or_create(
                pbx=self._pbx,
                queue=loan.queue,
                interface=loan.interface,
                defaults={"until": until, "by": loan.by[:200], "login_at": loan.login_at},
            )

    def strike_loan(self, queue: str, interface: str) -> None:
        with transaction.atomic():
            self._lease.assert_held()
            LoanRow.objects.filter(pbx=self._pbx, queue=queue, interface=interface).delete()

    def begin_return(self, loan: Loan) -> Intent:
        """The line in the audit log for a loan whose time is over: a command of nobody, on its way already."""
        now = datetime.now(UTC)
        with transaction.atomic():
            self._lease.assert_held()
            command = Command.objects.create(
                key=secrets.token_hex(16),
                pbx=self._pbx,
                operator_key="",
                operator_name="Cordboard",
                name="agent_return",
                args={"agent": self._keys.outside(loan.key)},
                state=CommandState.SENT.value,
                created_at=now,
                expires_at=now,
                sent_at=now,
            )
            self._append_commands([command])
        return intent_of(command, self._keys)

    def _append_commands(self, commands: Sequence[Command]) -> None:
        if commands:
            # A command is personal: visibility decides by the row's operator, not by groups.
            write(self._pbx, [Change(Kind.COMMAND, command.key, (), dict(command.as_row())) for command in commands])

    def unwelcome_listeners(self) -> list[str]:
        """Uniqueids of the channels by which somebody listens who may not any more."""
        return [self._keys.inside(key) for key in listening.unwelcome(self._pbx)]

    # --- what people have configured --------------------------------------------------------------------------------

    def may_be_configured_anew(self) -> bool:
        """Whether anybody else may have written anything since the last call; on PostgreSQL always."""
        commits = commits_of_others()
        is_as_before = commits is not None and commits == self._commits_configured
        self._commits_configured = commits
        return not is_as_before

    def listings(self) -> dict[str, Listing] | None:
        """What the admin says of extensions, by key; None when nothing was changed since the last call."""
        fingerprint = (_state_of(ListingRow), _state_of(PhoneNumber))
        if fingerprint == self._listings_seen:
            return None
        listings = {
            self._keys.inside(row.extension): Listing(
                name=row.name,
                group=row.department,
                hidden=row.hidden,
                numbers=tuple((each.label, each.number) for each in row.numbers.all()),
                ring_seconds=row.ring_seconds,
                email=row.email,
            )
            for row in ListingRow.objects.prefetch_related("numbers")
            if self._keys.is_ours(row.extension)
        }
        self._listings_seen = fingerprint
        return listings

    def operators(self) -> dict[str, OperatorRow]:
        """The operators who can log in and whose phone is on this PBX; who has none is the first's. By log-in name."""
        return {
            operator.username: OperatorRow(
                key=operator.username,
                name=operator.shown_name,
                role=role_of(operator),
                extension=self._keys.inside(operator.extension),
            )
            for operator in get_user_model().objects.filter(is_active=True).prefetch_related("groups")
            if self._keys.is_ours(operator.extension)
        }


def _parted(batch: Sequence[Written]) -> tuple[list[Change], list[Record]]:
    changes = [each for each in batch if isinstance(each, Change)]
    return changes, [each for each in batch if isinstance(each, Record)]


def _state_of(model: type[ListingRow] | type[PhoneNumber] | type[Goal]) -> _State:
    """How many there are, and when one was changed last: together they tell of every change."""
    seen = model._default_manager.aggregate(number=Count("pk"), latest=Max("updated_at"))
    return seen["number"], seen["latest"]


def _begin(command: Command, now: datetime) -> bool:
    """Move one pending command on by compare-and-set. False when somebody else did."""
    if command.expires_at < now:
        command.state, command.reason = CommandState.FAILED.value, "expired"
        command.text = "The PBX was not connected in time. Nothing was done."
        command.ended_at = now
    else:
        command.state, command.sent_at = CommandState.SENT.value, now
    return bool(
        Command.objects.filter(key=command.key, state=CommandState.PENDING).update(
            state=command.state,
            reason=command.reason,
            text=command.text,
            sent_at=command.sent_at,
            ended_at=command.ended_at,
        )
    )
