"""`Wallboard`: a page for a screen on the wall, and who may see it.

Edited in the admin (panel/queues/admin.py); read by the pages of the wallboards (panel/queues/boards.py).
"""

from __future__ import annotations

import hashlib
import secrets

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare


SEE_WALLBOARDS = "queues.see_wallboards"

TOKEN_BYTES = 32


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
        permissions = [("see_wallboards", "Sees the wallboards")]

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
