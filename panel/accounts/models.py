"""`Operator`, the account of a person who uses the board. Roles are Django groups; see roles.py.

Everybody may read it. Written by the admin, the commands `operator` and `demo_accounts`, and the pages where
a phone and keys are chosen.
"""

from __future__ import annotations

from django.conf import settings
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
    keys = models.JSONField(
        default=dict,
        blank=True,
        help_text="The operator's own keys of the board by verb, as far as they differ from the usual ones.",
    )
    is_demo = models.BooleanField(
        default=False, editable=False, help_text="Made for the demo PBX; cannot be used on a real one."
    )

    class Meta:
        verbose_name = "operator"

    @property
    def shown_name(self) -> str:
        """What colleagues read: the full name, or else the log-in name."""
        return self.get_full_name() or self.username

    @property
    def is_welcome(self) -> bool:
        """Whether the account may be used now. What the demo left behind in the database opens no real board."""
        return self.is_active and (settings.DEMO or not self.is_demo)
