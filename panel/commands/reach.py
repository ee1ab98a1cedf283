"""Who is meant by the text that a command goes to, and how a PBX reaches somebody on another one.

Called by resolve.py when a command is given, and by the worker (`ami_worker.intake`) when it takes the command up.
"""

from __future__ import annotations

from django.conf import settings

from panel.live.models import Extension


def extension_meant(to: str, pbx: str) -> Extension | None:
    """The extension that `to` names for a command on this PBX: by its key, or with the name of its PBX before a slash,
    whichever PBX that is. Without one it is of this PBX: `201` on a further PBX is what its own phones dial.
    """
    pbxs = settings.PBXS.values()
    named = next((each for each in pbxs if to.startswith(f"{each.name}/")), None)
    if named is not None:
        return _with_key(f"{named.prefix}{to.removeprefix(f'{named.name}/')}")
    here = settings.PBXS.get(pbx)
    return _with_key(f"{here.prefix if here is not None else ''}{to}")


def number_from(pbx: str, extension: Extension) -> str:
    """What is dialled on `pbx` to reach an extension of another PBX; empty where no trunk prefix says how."""
    there = settings.PBXS.get(extension.pbx)
    return f"{there.trunk_prefix}{extension.number}" if there is not None and there.trunk_prefix else ""


def _with_key(key: str) -> Extension | None:
    return Extension.objects.filter(key=key).first()
