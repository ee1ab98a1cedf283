"""`Command`: an operator's intent and its outcome. The rows are the audit log.

Web processes insert rows as `pending` (panel/commands/submit.py). The worker alone moves them on, by
compare-and-set, so that a command is claimed once: pending -> sent -> done | failed | unknown.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from panel.vocabulary import CommandRow, CommandState, utc


def _utc(at: datetime | None) -> str | None:
    return None if at is None else utc(at.timestamp())


class Command(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    pbx = models.CharField(max_length=40)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="commands",
        db_constraint=True,
    )
    operator_key = models.CharField(max_length=150, help_text="The log-in name, kept when the account is gone.")
    operator_name = models.CharField(max_length=200, blank=True)
    operator_extension = models.CharField(max_length=80, blank=True, help_text="The phone it was given from.")
    name = models.CharField(max_length=40)
    args = models.JSONField()
    state = models.CharField(max_length=10, default=CommandState.PENDING.value)
    reason = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=300, blank=True)
    call = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="Not begun by then, it is never begun.")
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    changes = models.JSONField(
        default=list, editable=False, help_text="Memberships of queues as they were before and afterwards, for an undo."
    )

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The worker asks for what is new many times a second; the audit log grows for ever.
            models.Index(
                fields=["pbx", "created_at"],
                name="command_pending",
                condition=models.Q(state=CommandState.PENDING.value),
            ),
            models.Index(fields=["operator_key", "-created_at"], name="command_of_operator"),
            # /metrics counts the whole log by these two, several times a minute.
            models.Index(fields=["name", "state"], name="command_name_state"),
        ]
        default_permissions = ("view",)
        # One for every command of catalogue.py (a test compares them): what no permission names, nobody may do.
        permissions = [
            ("give_call", "May call somebody"),
            ("give_hangup", "May hang up calls"),
            ("give_transfer", "May transfer calls"),
            ("give_serial", "May send callers on who come back for the next person"),
            ("give_camp", "May let callers wait for a busy person"),
            ("give_voicemail", "May send callers to a mailbox"),
            ("give_enqueue", "May send callers into a queue"),
            ("give_confer", "May send callers into a conference room"),
            ("give_hold", "May put callers on hold"),
            ("give_retrieve", "May fetch callers back"),
            ("give_consult", "May ask somebody while the caller waits"),
            ("give_complete", "May connect the caller with the one who was asked"),
            ("give_cancel", "May go back to the caller who waits"),
            ("give_swap", "May swap between the caller and the one who is asked"),
            ("give_join", "May bring the caller and the one who is asked into one conference"),
            ("give_dtmf", "May send tones"),
            ("give_mute", "May mute parties of a call"),
            ("give_unmute", "May let muted parties be heard again"),
            ("give_record", "May record calls"),
            ("give_record_pause", "May pause recordings"),
            ("give_record_resume", "May go on with paused recordings"),
            ("give_record_stop", "May end recordings"),
            ("give_room_mute", "May mute people in conference rooms"),
            ("give_room_unmute", "May let people in conference rooms be heard again"),
            ("give_room_kick", "May put people out of conference rooms"),
            ("give_room_lock", "May lock conference rooms"),
            ("give_room_unlock", "May unlock conference rooms"),
            ("give_answer", "May have the own phone answer"),
            ("give_note", "May write notes on calls"),
            ("give_message", "May send messages by e-mail"),
            ("give_claim", "May show the others that a call is about to be taken"),
            ("give_park", "May park calls"),
            ("give_unpark", "May take parked calls back"),
            ("give_pickup", "May pick up calls that ring elsewhere"),
            ("give_take", "May take waiting callers out of a queue"),
            ("give_agent_pause", "May pause members of a queue"),
            ("give_agent_unpause", "May end the pauses of members of a queue"),
            ("give_agent_add", "May put people into a queue"),
            ("give_agent_remove", "May take people out of a queue"),
            ("give_agent_penalty", "May change the penalties of members of a queue"),
            ("give_agent_ringinuse", "May change whether members of a queue are rung during calls"),
            ("give_agent_login", "May log people into several queues"),
            ("give_agent_logout", "May log people out of several queues"),
            ("give_agent_borrow", "May borrow people for a queue for a time"),
            ("give_agent_return", "May send borrowed people back"),
            ("give_withdraw", "May let waiting callers out of a queue"),
            ("give_advance", "May move waiting callers up in a queue"),
            ("give_undo", "May undo what was done to members of queues"),
            ("give_listen", "May listen to calls of others"),
            ("give_whisper", "May whisper to people in their calls"),
            ("give_barge", "May join in calls of others"),
            ("give_listen_end", "May end the own listening"),
            ("give_listen_stop", "May end the listening of others"),
            ("dial_out", "May dial numbers that are no extension"),
            ("see_all_commands", "Sees the commands of every operator"),
        ]

    def __str__(self) -> str:
        return f"{self.name} by {self.operator_key}: {self.state}"

    def as_row(self) -> CommandRow:
        """The command as the browsers get it."""
        return {
            "key": self.key,
            "name": self.name,
            "args": self.args,
            "operator": self.operator_key,
            "operator_name": self.operator_name,
            "state": self.state,
            "reason": self.reason,
            "text": self.text,
            "call": self.call,
            "created_at": utc(self.created_at.timestamp()),
            "sent_at": _utc(self.sent_at),
            "ended_at": _utc(self.ended_at),
            "can_undo": bool(self.changes),
        }


class ListeningLog(models.Model):
    """Who listened to whom, when, how and for how long: one row for each listener and party. Written by the worker
    with the live picture (panel/commands/listening.py), never changed by anybody else.
    """

    pbx = models.CharField(max_length=40)
    key = models.CharField(max_length=200, help_text="Uniqueid of the listener's channel.")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="listenings"
    )
    operator_key = models.CharField(
        max_length=150, blank=True, help_text="The log-in name; empty where it was not begun by a command."
    )
    operator_name = models.CharField(max_length=200, blank=True)
    listener = models.CharField(max_length=200, help_text="Whose phone has listened.")
    agent = models.CharField(max_length=200, help_text="Who was listened to.")
    agent_extension = models.CharField(max_length=80, blank=True)
    party = models.CharField(max_length=200, help_text="Uniqueid of the channel that was listened to.")
    groups = models.JSONField(default=list, help_text="Departments whose operators may see it.")
    call = models.CharField(max_length=200)
    modes = models.JSONField(default=list, help_text="How, and from when on: [[mode, time], …].")
    reason = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_is_known = models.BooleanField(
        default=True, help_text="No: the panel was away meanwhile, and it ended by then at the latest."
    )

    class Meta:
        ordering = ["-began_at"]
        indexes = [
            models.Index(fields=["pbx", "key"], name="listening_of_channel"),
            models.Index(fields=["-began_at"], name="listening_latest"),
            # The worker asks every two seconds for those that last; the log grows for ever.
            models.Index(fields=["pbx"], name="listening_lasting", condition=models.Q(ended_at=None)),
        ]
        default_permissions = ("view",)
        verbose_name = "listening"
        verbose_name_plural = "log of listening"

    def __str__(self) -> str:
        return f"{self.operator_name or self.listener} listened to {self.agent}"

    @property
    def seconds(self) -> int | None:
        """How long; None while it lasts."""
        return None if self.ended_at is None else round((self.ended_at - self.began_at).total_seconds())
