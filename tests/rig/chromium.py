"""How the tests start Debian's Chromium through Playwright. Used by the fixtures of `tests.rig.fixtures`, and by
benchmarks. Journeys, wallboards and all that is measured run in the browser that people have; the many tests of pages
by themselves, and faults in which a page is only looked at, in its headless shell.
"""

from __future__ import annotations

from typing import Any

from tests.rig.parts import require_program


ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # it runs as root here, and loads nothing but our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-breakpad",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,InterestFeedContentSuggestions,"
    "CertificateTransparencyComponentUpdater,AutofillServerCommunication,PrivacySandboxSettings4",
    # Whatever it may want from the network besides our own server: there is none.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


SHELL = "chromium-headless-shell"
"""The same engine without the browser around it, of which nobody looks at anything: two thirds of the work."""


def launch_options(program: str = "chromium") -> dict[str, Any]:
    """Keyword arguments for `playwright.chromium.launch`, sync and async; Unavailable when it is not installed."""
    return {"executable_path": require_program(program), "headless": True, "args": list(ARGUMENTS)}
