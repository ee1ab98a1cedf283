"""The panel with a page that keeps Django's shared thread busy until another request lets it go.

`/block/` does what a slow synchronous consumer or view does: it occupies the one thread that `sync_to_async` gives to
everybody.
"""

from __future__ import annotations

import threading
from typing import Any

from asgiref.sync import sync_to_async

from panel.asgi import application as panel


_go_on = threading.Event()


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"] == "/block/":
        await sync_to_async(_go_on.wait)(60)
    elif scope["type"] == "http" and scope["path"] == "/unblock/":
        _go_on.set()
    else:
        await panel(scope, receive, send)
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
