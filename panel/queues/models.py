"""`Wallboard`: a page for a screen on the wall, and who may see it. `Threshold`: when a queue raises an alert, and whom
to tell; `Hook`: where to post it. `AlertRecord`: the alerts that there were.

All but the last are edited in the admin (panel/queues/admin.py). Wallboards are read by their pages
(panel/queues/boards.py), thresholds and hooks by the worker (ami_worker/alert_store.py), which also writes the records;
only an acknowledgement is written by the panel (panel/queues/views.py).
"""

from __future__ import annotations

import hashlib
import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from panel.vocabulary import AlertKind


SEE_WALLBOARDS = "queues.see_wallboards"

MAKE_WALLBOARDS = "queues.make_wallboards"

ACKNOWLEDGE = "queues.acknowledge_alerts"

TOKEN_BYTES = 32
LONGEST_DELAY = 3600


class Wallboard(models.Model):
    class Theme(models.TextChoices):
        AUTO = "auto", "as the screen's system says"
        LIGHT = "light", "light"
        DARK = "dark", "dark"

    name = models.SlugField(max_length=40, unique=True, help_text="As it stands in the address: /wallboard/NAME/.")
    title = models.CharField(max_length=60, blank=True, help_text="At the top of the screen. Empty: the name.")
    queues = models.JSONField(default=list, help_text="Keys of queues, in the order in which they are shown.")
    figures = models.JSONField(default=list, help_text="Names of panel.queues.figures.FIGURES.")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    shows_names = models.BooleanField(
        default=False,
        help_text="Names and numbers of callers and agents are sent to this screen. If not, only counts are.",
    )
    departments = models.JSONField(
        default=list, blank=True, help_text="The screen shows what these departments may see; none means all."
    )
    link_hash = models.CharField(max_length=64, blank=True, editable=False)
    link_made_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [
            ("see_wallboards", "Sees the wallboards"),
            ("make_wallboards", "Makes wallboards and their secret links"),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    def get_absolute_url(self) -> str:
        """The page for those who are logged in."""
        return reverse("wallboard", args=[self.name])

    def make_link(self) -> str:
        """A new secret link, which ends an older one. Returns its token, which is kept nowhere: only its hash is."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.link_hash, self.link_made_at = hash_of(token), timezone.now()
        self.save(update_fields=["link_hash", "link_made_at", "updated_at"])
        return token

    def withdraw_link(self) -> None:
        """Nobody comes in by the link any more, and a screen that shows the wallboard by it is told so."""
        self.link_hash, self.link_made_at = "", None
        self.save(update_fields=["link_hash", "link_made_at", "updated_at"])

    def opens_with(self, token: str) -> bool:
        """Whether this is the token of the link, in a time that tells nothing of how near it is."""
        return constant_time_compare(self.link_hash, hash_of(token)) and self.link_hash != ""


def hash_of(token: str) -> str:
    """The token has 256 random bits, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_secret() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


class Hook(models.Model):
    """A web address that is told of alerts. What is posted, and how it is signed, is in ami_worker/webhooks.py."""

    name = models.CharField(max_length=60, unique=True)
    url = models.CharField(max_length=500, help_text="https://… or http://…; must not be inside your network.")
    secret = models.CharField(
        max_length=100, default=new_secret, help_text="Signs each message, so that the other side knows it is ours."
    )

    class Meta:
        ordering = ["name"]
        verbose_name = "webhook"

    def __str__(self) -> str:
        return self.name


class Threshold(models.Model):
    WHAT = [
        (AlertKind.WAIT.value, "longest wait: this many seconds or more"),
        (AlertKind.WAITING.value, "callers waiting: this many or more"),
        (AlertKind.FREE.value, "agents free: fewer than this"),
        (AlertKind.LEVEL.value, "service level today: less than this many per cent"),
        (AlertKind.LOST.value, "calls lost in the last hour: this many or more"),
    ]

    name = models.CharField(max_length=60, help_text="For yourself.")
    queues = models.JSONField(default=list, blank=True, help_text="Keys of queues; none means every queue.")
    what = models.CharField(max_length=8, choices=WHAT)
    limit = models.PositiveIntegerField()
    target_seconds = models.PositiveIntegerField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DELAY)],
        help_text="Seconds within which a call has to be answered. For the service level only.",
    )
    least_calls = models.PositiveIntegerField(
        default=10,
        validators=[MinValueValidator(1)],
        help_text="With fewer calls than these today the service level says nothing.",
    )
    rise_seconds = models.PositiveIntegerField(
        default=10,
        validators=[MaxValueValidator(LONGEST_DELAY)],
        help_text="How long it must be so before the alert is raised.",
    )
    fall_seconds = models.PositiveIntegerField(
        default=30,
        validators=[MaxValueValidator(LONGEST_DELAY)],
        help_text="How long it must be well again before the alert ends.",
    )
    quiet_days = models.JSONField(default=list, blank=True, help_text="Days without alerts; Monday is 0.")
    quiet_from = models.TimeField(null=True, blank=True, help_text="No alerts from this time of day …")
    quiet_to = models.TimeField(null=True, blank=True, help_text="… to this one. It may go over midnight.")
    hook = models.ForeignKey(Hook, null=True, blank=True, on_delete=models.SET_NULL, help_text="Tell this webhook.")
    email = models.EmailField(blank=True, help_text="Write to this address. Needs EMAIL_URL.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name", "pk"]
        permissions = [("acknowledge_alerts", "May acknowledge alerts")]

    def __str__(self) -> str:
        return self.name


class AlertRecord(models.Model):
    """One alert, from its rise to its fall."""

    key = models.CharField(max_length=40, unique=True)
    pbx = models.CharField(max_length=40)
    threshold_key = models.BigIntegerField(help_text="Of the threshold, which may be gone.")
    queue = models.CharField(max_length=80)
    what = models.CharField(max_length=8, choices=Threshold.WHAT)
    limit = models.IntegerField()
    value = models.IntegerField(help_text="When it was raised.")
    raised_at = models.DateTimeField()
    fell_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    webhook = models.CharField(max_length=300, blank=True, help_text="What came of the last message to the webhook.")
    email = models.CharField(max_length=300, blank=True, help_text="What came of the last letter.")

    class Meta:
        ordering = ["-raised_at"]
        verbose_name = "alert"
        default_permissions = ("view",)
        indexes = [
            # The worker asks for what is up every second.
            models.Index(fields=["pbx"], name="alert_up", condition=models.Q(fell_at=None)),
            models.Index(fields=["-raised_at"], name="alert_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.queue}: {self.get_what_display()} ({self.limit})"
