"""`Listing`: how an extension is named and grouped on the board, where the PBX's own words are not wanted, and
`PhoneNumber`: further numbers of the same person. `PauseReason`: why members of queues pause. `Prompt`: what is played
to a caller who is let out of a queue. `QueueSet`: queues that somebody logs in to together. `Loan`: members who are
lent to a queue for a time.

Edited in the admin, but for the loans, which are the worker's alone. The first two are read by the worker
(ami_worker/store.py), which applies them to the extension's row, reasons and sets by the page of the queues, prompts
by both.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from panel.commands.targets import BadNumber, normalise


LONGEST_RING = 300
LONGEST_PAUSE = 12 * 60


def one_line(text: str) -> None:
    if not text.isprintable():
        raise ValidationError("One line of plain text.")


class Listing(models.Model):
    extension = models.CharField(max_length=200, primary_key=True, help_text="The extension's key, such as 201.")
    name = models.CharField(max_length=120, blank=True, help_text="Empty: the name that the PBX gives.")
    department = models.CharField(max_length=80, blank=True, help_text="Empty: the department that the PBX gives.")
    updated_at = models.DateTimeField(auto_now=True)
    hidden = models.BooleanField(default=False, help_text="Leave it off the board: a fax, a door, a test phone.")
    ring_seconds = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(LONGEST_RING)],
        help_text="How long a transferred call rings here before it goes back. 0: as long as everywhere.",
    )

    email = models.EmailField(
        blank=True, help_text="Where messages for this person go. Empty: to the address of the voicemail user."
    )

    class Meta:
        ordering = ["extension"]

    def __str__(self) -> str:
        return f"{self.extension} {self.name}".rstrip()


class PhoneNumber(models.Model):
    """One further number of the person at an extension: a mobile, an office at home. Kept as it is dialled."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="numbers")
    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first: a key calls it.")
    label = models.CharField(max_length=40, help_text="Mobile, home, assistant …")
    number = models.CharField(max_length=80, help_text="As one of your phones dials it; spaces are left out.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = "further number"

    def __str__(self) -> str:
        return f"{self.label} {self.number}"

    def clean(self) -> None:
        """Refuse what cannot be dialled, and keep the rest without its spaces and dashes."""
        try:
            self.number = normalise(self.number)
        except BadNumber as refused:
            raise ValidationError({"number": str(refused)}) from refused


class PauseReason(models.Model):
    """A reason that a supervisor can choose when a member of a queue is paused; the PBX gets it as it stands here."""

    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")
    name = models.CharField(max_length=40, unique=True, validators=[one_line])
    minutes = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(LONGEST_PAUSE)],
        help_text="How long such a pause may be before the page of the queues points it out. 0: as long as it takes.",
    )

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


def one_sound(text: str) -> None:
    """Refuse whatever Playback would take for more than one sound, or look for elsewhere than among the sounds."""
    if re.fullmatch(r"[A-Za-z0-9_/-]+", text) is None:
        raise ValidationError("The name of one sound: letters, digits, “_”, “-” and “/”, without a file's ending.")


class Prompt(models.Model):
    """What a supervisor can have played to a caller who is let out of a queue."""

    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")
    name = models.CharField(max_length=40, unique=True, validators=[one_line], help_text="We are closed now …")
    sound = models.CharField(
        max_length=80, validators=[one_sound], help_text="As the application Playback takes it, such as custom/closed."
    )

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class QueueSet(models.Model):
    """Queues that a supervisor logs somebody in to, or out of, in one action."""

    order = models.PositiveSmallIntegerField(default=0, help_text="The lowest comes first.")
    name = models.CharField(max_length=40, unique=True, validators=[one_line])
    queues = models.TextField(help_text="Names of queues as the PBX has them, one in each line.")

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(filter(None, (line.strip() for line in self.queues.splitlines()))))

    def clean(self) -> None:
        """Refuse what can be no name of a queue, and a set of none."""
        if not self.names or not all(name.isprintable() and "," not in name for name in self.names):
            raise ValidationError({"queues": "One name of a queue in each line, without commas."})
        self.queues = "\n".join(self.names)


class Loan(models.Model):
    """A member who is in a queue until a certain time. Only the worker writes it (ami_worker/lending.py)."""

    pbx = models.CharField(max_length=40)
    queue = models.CharField(max_length=200)
    interface = models.CharField(max_length=200)
    until = models.DateTimeField()
    by = models.CharField(max_length=200, help_text="Name of the operator.")
    login_at = models.BigIntegerField(default=0, help_text="Tells this membership from a later one.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pbx", "queue", "interface"], name="loan_of_member")]

    def __str__(self) -> str:
        return f"{self.interface} in {self.queue} until {self.until:%H:%M}"
