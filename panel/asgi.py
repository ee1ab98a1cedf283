"""The ASGI application: pages through Django, the browser's socket at /ws/panel/. Runs on Daphne and on uvicorn."""

from __future__ import annotations

import gc
import os
import sys

from django.core.asgi import get_asgi_application


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
pages = get_asgi_application()

# Only now: these import models, which must not happen before Django is set up.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from panel.live.consumer import PanelConsumer  # noqa: E402
from panel.live.origin import SameOrigin, refuse  # noqa: E402


application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": URLRouter(
            [
                path("ws/panel/", SameOrigin(PanelConsumer())),  # type: ignore[arg-type]
                re_path("", refuse),  # type: ignore[arg-type]
            ]
        ),
    }
)

# A command makes a dozen queries on a thread of its own and needs the interpreter again after each. With Python's 5 ms
# a loop that is busy with a picture would hold it up by that much every time: measured with benchmarks/keys.py.
sys.setswitchinterval(0.001)

# What has been loaded by now stays for ever. Without this the collector walks all of it every few seconds, and all
# sockets wait: 60 ms at 200 sockets, measured with benchmarks/sockets.py.
gc.collect()
gc.freeze()
