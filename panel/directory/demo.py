"""The prompts of the demo office. Called by the command `demo_accounts` alone."""

from __future__ import annotations

from panel.directory.models import Prompt


DEMO_PROMPTS = (("We are closed now", "custom/closed"), ("Please call again later", "custom/call-later"))


def make_demo_prompts() -> None:
    """Make them where there are none at all; what was changed stays."""
    if not Prompt.objects.exists():
        for order, (name, sound) in enumerate(DEMO_PROMPTS, start=1):
            Prompt.objects.create(order=order, name=name, sound=sound)
