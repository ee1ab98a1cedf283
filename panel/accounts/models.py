"""`Operator`, the account of a person who uses the board, and `NumberRule`, which outside numbers may be dialled and by
whom. Roles are Django groups; see roles.py.

Everybody may read them. Operators are written by the admin, the commands `operator` and `demo_accounts`, and the pages
where a phone and keys are chosen; rules by the admin alone. What the rules mean is decided in
panel/commands/permissions.py.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group
from django.core.exceptions import ValidationError
from django.db import models

from panel.accounts.patterns import LONGEST, BadPattern, checked, matches


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


class NumberRule(models.Model):
    """Whether numbers of one kind may be dialled. Of all the rules for an operator the first that fits decides; where
    none fits, the right to dial numbers that are no extension does.
    """

    class Verdict(models.TextChoices):
        ALLOW = "allow", "may be dialled"
        DENY = "deny", "may not be dialled"

    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest is looked at first.")
    pattern = models.CharField(
        max_length=LONGEST,
        help_text=(
            "How the numbers begin, as your phones dial them: 0900 or +44. Or, after a _, the whole number as in an "
            "Asterisk pattern: X is a digit, Z one from 1 to 9, N one from 2 to 9; at the end . is anything more and "
            "! anything or nothing. _112 is that one number."
        ),
    )
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default=Verdict.DENY)
    groups = models.ManyToManyField(Group, blank=True, help_text="Whom it is for. None: everybody.")
    note = models.CharField(
        max_length=120, blank=True, help_text="Why: an operator who is refused reads it. Premium numbers, emergency …"
    )

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = "number rule"

    def __str__(self) -> str:
        return f"{self.pattern} {self.get_verdict_display()}"

    def clean(self) -> None:
        """Refuse what fits no number, and keep the rest in one way of writing."""
        try:
            self.pattern = checked(self.pattern)
        except BadPattern as wrong:
            raise ValidationError({"pattern": str(wrong)}) from wrong

    def fits(self, number: str) -> bool:
        """Whether the rule is about this number, written as `normalise` leaves it."""
        return matches(self.pattern, number)
