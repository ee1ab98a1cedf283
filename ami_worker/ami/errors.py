"""What can go wrong on the wire, each with a reason in plain words. Import them from `connection`."""

from __future__ import annotations


class AmiError(Exception):
    """The base of all; `str()` is the reason, a sentence for people."""

    @property
    def reason(self) -> str:
        """Why, as a sentence."""
        return str(self)


class ConnectFailed(AmiError):
    """No session: nobody there, nobody in time, not an Asterisk, or not the one whose certificate we trust."""


class LoginRefused(AmiError):
    """Asterisk is there and does not let us in. Trying again soon would get us banned by fail2ban."""


class Closed(AmiError):
    """The session is over. Of an action: it was not sent. Of a list: it was cut off, which harms nothing."""


class NotSent(AmiError):
    """The action was not sent, because others before it are not through. Nothing has happened at the PBX."""


class NoReply(AmiError):
    """The action was sent and no answer came: it may have been carried out or not. It must not be sent again."""


class ListRefused(AmiError):
    """A list action was answered with an error that does not mean "there are none"."""


class ListIncomplete(AmiError):
    """A list broke off, was cancelled, or brought fewer items than it announced. Nothing may be concluded from it."""
