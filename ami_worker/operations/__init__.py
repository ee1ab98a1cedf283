"""What an operator's command does to the PBX, one module per family; the outcome is judged by events, not by the
action's reply.

`ami_worker.tenure` uses `Operations`; `ami_worker.store` makes `Intent`s and stores `Outcome`s; after each log-in
`survey` finds out what the PBX offers. Knows the mirror and the action session, not Django.

To add a command: an entry in `panel.commands.catalogue`, a coroutine `(Attempt) -> Outcome` in the module of its
family, its name in `operations.HANDLERS`, and its verbs in `claims`.
"""

from __future__ import annotations

from ami_worker.operations.intents import Changed, Intent, Outcome, Reason
from ami_worker.operations.operations import Operations
from ami_worker.operations.site import Site, survey


__all__ = ["Changed", "Intent", "Operations", "Outcome", "Reason", "Site", "survey"]
