"""The actions that the demo PBX understands: those that the panel sends, and a few by which people try out AMI.

`TABLE` has them by lower-case name; Challenge and Login belong to the session (`session.py`). Only
`ami_worker.demo` may import this package.
"""

from __future__ import annotations

from functools import partial

from ami_worker.demo.actions import calls, core, data, lists, queues, rooms
from ami_worker.demo.actions.base import Action, Request


_ALL = (*core.ACTIONS, *lists.ACTIONS, *calls.ACTIONS, *queues.ACTIONS, *rooms.ACTIONS, *data.ACTIONS)
TABLE: dict[str, Action] = {action.name.lower(): action for action in _ALL}
TABLE["listcommands"] = Action(
    "ListCommands", 0, "List available manager commands.", partial(core.list_commands, TABLE)
)

__all__ = ["TABLE", "Action", "Request"]
