"""`FollowUp`: what people did about a caller who was lost. The lost calls themselves are `history.Passage`.

Written by followups.py alone. A caller is one number, or one passage where there is no number. There is a row once
somebody has written or closed something; that a caller was answered or reached later is not written down anywhere, it
follows from the history.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FollowUp(models.Model):
    number = models.CharField(max_length=80, blank=True)
    passage = models.CharField(max_length=300, blank=True, help_text="Its key, of a caller without a number.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="follow_ups"
    )
    note = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Counts the changes: nobody overwrites another's.")
    changed_by = models.CharField(max_length=200, help_text="The name, kept when the account is gone.")
    changed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text="By hand: what was lost until then is done.")

    class Meta:
        indexes = [models.Index(fields=["number", "passage", "closed_at"], name="followup_caller")]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "passage"], condition=models.Q(closed_at=None), name="followup_one_open"
            )
        ]
        default_permissions = ("view",)
        permissions = [("see_lost", "May see the lost calls and follow them up")]

    def __str__(self) -> str:
        return self.number or self.passage
