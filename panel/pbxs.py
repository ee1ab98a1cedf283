"""The PBXs that the environment names: where each is, and how their rows and numbers are told apart.

`panel.settings` reads them once (`PBXS`); whoever has a key asks `pbx_of_key` whose it is. Keys of the first PBX are
plain ("201"), those of each further one begin with its name ("branch/201"); see ami_worker/keys.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from panel.environment import Secret, check_dialled_before, names, secret_in, text


THE_ONLY_PBX = "pbx"
"""Its name where PBXS names none."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}", re.ASCII)


class Pbx(NamedTuple):
    """One PBX of the panel. `prefix` is what its rows' keys begin with: nothing for the first of them."""

    name: str
    ami_url: Secret  # empty: the demo PBX
    prefix: str
    trunk_prefix: str  # what the others dial before a number of this one; empty: they cannot


def pbxs(only: Secret) -> dict[str, Pbx]:
    """By name, in the order of PBXS: each has its AMI_URL_NAME (or AMI_URL_NAME_FILE) and perhaps a
    TRUNK_PREFIX_NAME. Without PBXS it is the one of AMI_URL, `only`.
    """
    listed = names("PBXS")
    if not listed:
        return {THE_ONLY_PBX: Pbx(THE_ONLY_PBX, only, "", "")}
    if only:
        raise ImproperlyConfigured("AMI_URL and PBXS are both set; give each PBX its own, such as AMI_URL_MAIN.")
    found: dict[str, Pbx] = {}
    for name in listed:
        if not _NAME.fullmatch(name):
            raise ImproperlyConfigured(f"PBXS: {name!r} is no name for a PBX (a-z, 0-9 and -, at most 20).")
        if name in found:
            raise ImproperlyConfigured(f"PBXS names {name!r} twice.")
        variable = name.upper().replace("-", "_")
        url = ami_url(f"AMI_URL_{variable}")
        if not url:
            raise ImproperlyConfigured(f"PBXS names {name!r}, so AMI_URL_{variable} must say where it is.")
        found[name] = Pbx(name, url, f"{name}/" if found else "", _trunk_prefix(f"TRUNK_PREFIX_{variable}"))
    return found


def pbx_of_key(key: str, pbxs: Iterable[Pbx]) -> Pbx:
    """Whose row has this key; `pbxs` as `settings.PBXS` has them."""
    first, *others = pbxs
    return next((pbx for pbx in others if key.startswith(pbx.prefix)), first)


def ami_url(name: str = "AMI_URL") -> Secret:
    """The variable, or what the file holds that NAME_FILE names; checked only as far as a wrong one would keep the
    processes from starting. Empty means demo.

    The worker's own parser has the last word; it cannot be used here, because `panel` does not know `ami_worker`.
    """
    url = text(name)
    if not url and (file := text(f"{name}_FILE")):
        url = secret_in(Path(file), f"{name}_FILE")
        if not url:
            raise ImproperlyConfigured(f"{name}_FILE {file} is empty.")
    if url and (wrong := _wrong_with_ami_url(url)):
        # The address holds the secret, so neither it nor a part of it is repeated.
        raise ImproperlyConfigured(f"{name} is not usable: {wrong}.")
    return Secret(url)


def _wrong_with_ami_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port_number = parts.port
    except ValueError:
        return "the port is not a number from 1 to 65535 (a / ? # @ in the secret is written %2F %3F %23 %40)"
    if parts.scheme not in {"ami", "amis"}:
        return "it must begin with ami:// or amis://"
    if not parts.hostname:
        return "it names no host"
    if not parts.username or not parts.password or not unquote(parts.password):
        return "it needs a user and a secret, as in ami://user:secret@host:5038"
    if port_number == 0:
        return "the port is not a number from 1 to 65535"
    if parts.path.strip("/") or parts.fragment or {key for key, _ in parse_qsl(parts.query)} - {"ca"}:
        return "there is something after the port that is not known"
    return ""


def _trunk_prefix(name: str) -> str:
    value = text(name)
    if value:
        check_dialled_before(name, value)
    return value
