"""`{% replay_address AT call=KEY view="queues" as address %}`: see panel/replay/links.py. Used by the templates of the
lost calls and of the listening log.
"""

from __future__ import annotations

from datetime import datetime

from django import template
from django.template.context import Context

from panel.accounts.models import Operator
from panel.replay import links


register = template.Library()


@register.simple_tag(takes_context=True)
def replay_address(context: Context, at: datetime | None, call: str = "", view: str = "") -> str:
    operator = context["request"].user
    assert isinstance(operator, Operator)
    return links.replay_address(operator, at, call=call, view=view)
