"""`Listing`: how an extension is named and grouped on the board, where the PBX's own words are not wanted.

Edited in the admin; read by the worker (ami_worker/store.py), which applies it to the extension's row.
"""

from __future__ import annotations

from django.db import models


class Listing(models.Model):
    extension = models.CharField(max_length=200, primary_key=True, help_text="The extension's key, such as 201.")
    name = models.CharField(max_length=120, blank=True, help_text="Empty: the name that the PBX gives.")
    department = models.CharField(max_length=80, blank=True, help_text="Empty: the department that the PBX gives.")
    updated_at = models.DateTimeField(auto_now=True)
    hidden = models.BooleanField(default=False, help_text="Leave it off the board: a fax, a door, a test phone.")

    class Meta:
        ordering = ["extension"]

    def __str__(self) -> str:
        return f"{self.extension} {self.name}".rstrip()
