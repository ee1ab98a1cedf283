"""Filters of the page of the lost calls. Only its template uses them."""

from __future__ import annotations

from django import template

from panel.history.models import Passage
from panel.lost import reasons


register = template.Library()


@register.filter
def why(passage: Passage) -> str:
    return reasons.why(passage)


@register.filter
def logged_in(passage: Passage) -> list[str]:
    return reasons.logged_in(passage)


@register.filter
def who(passage: Passage, state: str) -> list[str]:
    """Names of the members who were in this state when the caller left."""
    return reasons.staff_of(passage, state)
