"""The three people of the demo office who can log in.

Called by the commands `demo_accounts` and `web`. Their passwords are made from this installation's secret key: the
same at every start, different everywhere else, and written down nowhere. On a real PBX the accounts cannot be used
(see backends.py).
"""

from __future__ import annotations

import base64
from typing import NamedTuple

from django.db import transaction
from django.utils.crypto import salted_hmac

from panel.accounts.models import Operator
from panel.accounts.roles import Role, give_role


class DemoAccount(NamedTuple):
    username: str
    name: str
    role: Role
    extension: str

    @property
    def password(self) -> str:
        digest = salted_hmac("panel.accounts.demo", self.username, algorithm="sha256").digest()
        return f"{self.username}-{base64.b32encode(digest)[:8].decode().lower()}"


# Alice and Bruno sit at these phones in the demo office (ami_worker/demo/names.py).
DEMO_ACCOUNTS = (
    DemoAccount("alice", "Alice Marsh", Role.RECEPTIONIST, "201"),
    DemoAccount("bruno", "Bruno Keller", Role.SUPERVISOR, "202"),
    DemoAccount("ada", "Ada Lind", Role.ADMIN, ""),
)


def make_demo_accounts() -> list[DemoAccount]:
    """Make those that are not there and see to their passwords; whatever else was changed about them stays.

    Returns the ones that can be logged in with: a name that a real account has is left alone.
    """
    return [account for account in DEMO_ACCOUNTS if _make(account)]


def _make(account: DemoAccount) -> bool:
    operator = Operator.objects.filter(username=account.username).first()
    if operator is not None and not operator.is_demo:
        return False
    if operator is not None and operator.check_password(account.password):
        return True
    with transaction.atomic():
        if operator is None:
            first, _, last = account.name.partition(" ")
            operator = Operator(username=account.username, first_name=first, last_name=last, is_demo=True)
            operator.extension, operator.extension_is_fixed = account.extension, bool(account.extension)
            operator.save()
            give_role(operator, account.role)
        operator.set_password(account.password)
        operator.save(update_fields=["password"])
    return True


def demo_lines() -> list[str]:
    """How to log in, one line for each demo account that is there, for the terminal."""
    there = set(Operator.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True))
    return [
        f"  {account.username:<5} {account.password:<14}  {account.role.value}"
        + (f", phone {account.extension}" if account.extension else "")
        for account in DEMO_ACCOUNTS
        if account.username in there
    ]
