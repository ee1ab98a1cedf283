"""Actions of the session itself: getting in, staying in, getting out. Any log-in may use them (authority 0)."""

from __future__ import annotations

import hashlib
import re

from ami_worker.ami.actions.base import Action, action
from ami_worker.ami.protocol import InvalidValue


_EVENTS = re.compile(r"off|[a-z]+(?:,[a-z]+)*")


def challenge() -> Action:
    """Ask for the challenge that the secret is hashed with."""
    return action("Challenge", AuthType="MD5")


def login_md5(username: str, secret: str, challenge: str, events: str) -> Action:
    """Log in without sending the secret: the MD5 of challenge and secret, in lower-case hexadecimal."""
    try:
        proof = (challenge + secret).encode()
    except UnicodeEncodeError as error:
        raise InvalidValue("the secret or the challenge is not text") from error
    key = hashlib.md5(proof, usedforsecurity=False).hexdigest()
    return action("Login", Username=username, AuthType="MD5", Key=key, Events=_event_mask(events))


def login(username: str, secret: str, events: str) -> Action:
    """Log in with the secret in clear, for a server without Challenge."""
    return action("Login", Username=username, Secret=secret, Events=_event_mask(events))


def _event_mask(events: str) -> str:
    # An unknown word, or a space after a comma, would silently mean no events at all.
    if not _EVENTS.fullmatch(events):
        raise InvalidValue("the event classes are a list such as 'system,call,agent', or 'off'")
    return events


def logoff() -> Action:
    """Say goodbye; the server closes."""
    return action("Logoff")


def ping() -> Action:
    """Is anybody there? The answer has the server's `Timestamp`."""
    return action("Ping")


def list_commands() -> Action:
    """The actions that this log-in may use: one response, a header for each action."""
    return action("ListCommands")
