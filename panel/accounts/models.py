"""`Operator`, the account of a person who uses the board. Roles are Django groups; see roles.py."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Operator(AbstractUser):
    extension = models.CharField(
        max_length=80, blank=True, help_text="The operator's own phone; the PBX need not have shown it yet."
    )
    extension_is_fixed = models.BooleanField(
        default=False, help_text="If not, the operator chooses a phone when logging in."
    )
    departments = models.JSONField(
        default=list,
        blank=True,
        help_text="Names of the departments that this operator may see; none means all.",
    )

    class Meta:
        verbose_name = "operator"

    @property
    def shown_name(self) -> str:
        """What colleagues read: the full name, or else the log-in name."""
        return self.get_full_name() or self.username
