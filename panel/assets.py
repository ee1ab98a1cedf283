"""The version of what browsers fetch from us: scripts and style sheets.

Called by the pages (panel/pages.py, panel/queues), which tell it to theirs, and by whoever speaks to a page afterwards
(panel/live/consumer.py): a page that was made with others loads itself again.
"""

from __future__ import annotations

import hashlib

from django.contrib.staticfiles.storage import staticfiles_storage


def assets_version() -> str:
    """Differs when scripts or style sheets do. The same in all processes of one version of the panel."""
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    names = "".join(name for key, name in sorted(hashed.items()) if key.startswith("panel/"))
    return hashlib.sha256(names.encode()).hexdigest()[:16]
