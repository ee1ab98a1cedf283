"""`manage.py operator NAME --role ROLE`: creates an operator's account, or updates it. The password is read from
standard input.

manage.py operator rita --role receptionist --extension 201 --name "Rita Novak"
manage.py operator sam --role supervisor --departments Sales,Support < password-file
"""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from panel.accounts.models import Operator
from panel.accounts.roles import Role, give_role


class Command(BaseCommand):
    help = "Creates or updates the account of an operator. The password is one line on standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="NAME", help="the log-in name")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument(
            "--extension", help="the operator's own phone, such as 201; it is then fixed. Empty: chosen at log-in."
        )
        parser.add_argument("--departments", help="separated by commas: sees only these. Empty: sees all.")
        parser.add_argument("--name", help='what colleagues read, such as "Rita Novak"')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(create_or_update(options))
        except DatabaseError as failed:
            why = str(failed).strip().splitlines()[0]
            raise CommandError(f"The database cannot be used ({why}). Was `manage.py migrate` run?") from None


def create_or_update(options: dict[str, Any]) -> str:
    """Returns what was done, in a sentence. Raises CommandError, after which nothing has been changed."""
    operator = Operator.objects.filter(username=options["username"]).first()
    is_new = operator is None
    operator = operator or Operator(username=options["username"])
    apply(operator, options)
    password = read_password()
    try:
        # The account counts too: a password that resembles the name is refused.
        operator.full_clean(exclude=["password"])
        validate_password(password, operator)
    except ValidationError as wrong:
        raise CommandError(" ".join(wrong.messages)) from None
    operator.set_password(password)
    with transaction.atomic():
        operator.save()
        give_role(operator, Role(options["role"]))
    done = "Created" if is_new else "Updated"
    return f"{done} {operator.username}: {describe(operator, options['role'])}."


def apply(operator: Operator, options: dict[str, Any]) -> None:
    """Set what was given; what was left out stays as it is."""
    operator.is_active = True
    operator.is_demo = False
    if (extension := options["extension"]) is not None:
        operator.extension = extension.strip()
        operator.extension_is_fixed = bool(operator.extension)
    if (departments := options["departments"]) is not None:
        operator.departments = [name.strip() for name in departments.split(",") if name.strip()]
    if (name := options["name"]) is not None:
        operator.first_name, _, operator.last_name = name.strip().partition(" ")


def read_password() -> str:
    """One line, without echo when somebody types it. Raises CommandError when there is none."""
    try:
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("No password was given; nothing was changed.") from None
    except UnicodeDecodeError:
        raise CommandError("The password is not text; nothing was changed.") from None
    if not password:
        raise CommandError("No password was given; nothing was changed.")
    return password


def describe(operator: Operator, role: str) -> str:
    phone = f"phone {operator.extension}" if operator.extension else "phone chosen at log-in"
    sees = f"sees {', '.join(operator.departments)}" if operator.departments else "sees all departments"
    return f"{role}, {phone}, {sees}"
