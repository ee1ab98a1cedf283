"""Two workers of two PBXs in one database: neither is in the other's way, and a reader misses nothing of either."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ami_worker.lease import LeaseLost
from ami_worker.mirror import Change
from panel.directory.models import Listing
from panel.history.models import Goal
from panel.live.models import Change as ChangeRow
from panel.live.models import Extension, OperatorOnBoard
from panel.live.models import Lease as LeaseRow
from panel.vocabulary import Kind, OperatorRow
from tests.people import two_pbxs
from tests.worker.pbxs import extension, store


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def pbxs(settings: Settings) -> None:
    settings.PBXS = two_pbxs()


def on_board(extension: str | None) -> Change:
    row = None if extension is None else dict(OperatorRow(key="bea", name="Bea", role="", extension=extension))
    return Change(Kind.OPERATOR, "bea", ("*",), row)


def test_each_knows_what_is_said_of_its_own_people_and_queues() -> None:
    Listing.objects.create(extension="201", name="Anna")
    Listing.objects.create(extension="branch/201", name="Ben")
    Goal.objects.create(queue="support", seconds=20, percent=80)
    Goal.objects.create(queue="branch/support", seconds=30, percent=70)
    for name, phone in (("anna", "201"), ("ben", "branch/201"), ("nobody", "")):
        get_user_model().objects.create(username=name, extension=phone)
    first, branch = store("pbx"), store("branch")
    for each, name, seconds, people in (
        (first, "Anna", 20, {"anna": "201", "nobody": ""}),
        (branch, "Ben", 30, {"ben": "201"}),
    ):
        listings, targets = each.listings(), each.targets()
        assert listings is not None
        assert targets is not None
        assert {key: listing.name for key, listing in listings.items()} == {"201": name}
        assert {queue: target.seconds for queue, target in targets.items()} == {"support": seconds}
        assert {key: row["extension"] for key, row in each.operators().items()} == people


@pytest.mark.parametrize("branch_is_first", [True, False])
def test_an_operator_whose_phone_moves_to_the_other_pbx_stays_on_the_board(branch_is_first: bool) -> None:
    first, branch = store("pbx"), store("branch")
    first.flush([on_board("201")])
    if branch_is_first:
        branch.flush([on_board("branch/201")])
    first.flush([on_board(None)])
    if not branch_is_first:
        branch.flush([on_board("branch/201")])
    assert OperatorOnBoard.objects.get(key="bea").extension == "branch/201"
    last = ChangeRow.objects.filter(kind="operator").order_by("seq").values_list("row", flat=True).last()
    assert last is not None
    assert last["extension"] == "branch/201"


def test_a_pbx_that_is_not_named_any_more_is_taken_off_the_boards_and_its_worker_writes_nothing(
    settings: Settings,
) -> None:
    first, branch = store("pbx"), store("branch")
    first.flush([extension("201")])
    branch.flush([extension("branch/201")])
    first.forget_removed()
    assert Extension.objects.count() == 2
    settings.PBXS = {"pbx": settings.PBXS["pbx"]}
    first.forget_removed()
    assert list(Extension.objects.values_list("key", flat=True)) == ["201"]
    assert list(LeaseRow.objects.values_list("pbx", flat=True)) == ["pbx"]
    with pytest.raises(LeaseLost):
        branch.flush([extension("branch/202")])


@pytest.mark.parametrize("command", ["ami_worker", "pbx_doctor"])
def test_a_pbx_that_is_not_named_is_refused_with_those_that_are(command: str) -> None:
    with pytest.raises(CommandError, match=r"There is no PBX 'brunch'; PBXS names pbx, branch\."):
        call_command(command, "--pbx=brunch")
