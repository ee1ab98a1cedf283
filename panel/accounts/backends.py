"""The authentication backend: Django's own, and accounts of the demo are refused on a real PBX.

Only Django calls it (settings.AUTHENTICATION_BACKENDS). It is asked at log-in and again with every request, so a
session that was opened in the demo ends when AMI_URL is set.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from panel.accounts.models import Operator


class OperatorBackend(ModelBackend):
    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, Operator) and user.is_welcome
