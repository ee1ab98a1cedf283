"""Where a line of a list leads that says when something happened: to the board as it was a few seconds before.

For the admin of the commands and, by templatetags/replay.py, for the templates of the lost calls and of the listening
log.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from panel.accounts.models import Operator
from panel.replay.models import SEE_REPLAY


BEFORE: Final = timedelta(seconds=5)


def replay_address(operator: Operator, at: datetime | None, *, call: str = "", view: str = "") -> str:
    """The address of the moment shortly before `at`, with `call` marked; `view` is "queues" for the page of the queues.
    Empty where no film is kept of it, and for those who may not look at it: a link that is refused is none.
    """
    if at is None or not operator.has_perm(SEE_REPLAY):
        return ""
    begin = at - BEFORE
    if begin < timezone.now() - timedelta(hours=settings.REPLAY_HOURS):
        return ""
    query = {"at": str(round(begin.timestamp() * 1000)), "view": view, "call": call}
    return f"{reverse('replay')}?{urlencode({name: value for name, value in query.items() if value})}"
