"""What is shown of a queue's member: state, name, departments, row. Pure but for `member_row`, which notes since when a
state has been so; used inside the mirror.
"""

from __future__ import annotations

from ami_worker.mirror.entities import DeviceStatus, Member
from ami_worker.mirror.persons import extension_of_member
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import ExtensionState, Kind, LoanView, MemberRow, MemberState, utc


_AWAY = frozenset({DeviceStatus.INVALID, DeviceStatus.UNAVAILABLE})
_FREE = frozenset({DeviceStatus.UNKNOWN, DeviceStatus.NOT_INUSE})


def member_state(world: World, member: Member) -> MemberState:
    """What the member can be sent now; a status that nobody knows counts only where nothing else does."""
    device = world.devices.get(member.state_interface or member.interface)
    status = device.status if device is not None and device.status != DeviceStatus.UNKNOWN else member.status
    extension = extension_of_member(world, member)
    if status in _AWAY:
        return MemberState.AWAY
    if member.paused:
        return MemberState.PAUSED
    if member.talking:
        return MemberState.TALKING
    if member.ringing:
        return MemberState.RINGING
    on_the_phone = extension is not None and extension.state in (
        ExtensionState.RINGING, ExtensionState.TALKING, ExtensionState.HELD,
    )  # fmt: skip
    if on_the_phone or (status not in _FREE and extension is None):
        return MemberState.BUSY
    if member.wrapup_until > world.at:
        return MemberState.WRAPUP
    if status == DeviceStatus.UNKNOWN and (extension is None or extension.state == ExtensionState.UNKNOWN):
        return MemberState.UNKNOWN
    return MemberState.FREE


def member_row(world: World, member: Member) -> MemberRow:
    state = member_state(world, member)
    if state != member.state:
        member.state_at = world.at if member.state else None
        member.state = state
        world.dirty[Kind.QUEUE].add(member.queue)
    extension = extension_of_member(world, member)
    busy_with = member.talking[1] if member.talking else next(iter(member.ringing.values()), "")
    caller = world.channels.get(busy_with)
    loan = world.loans.get(member.key)
    return MemberRow(
        key=member.key,
        queue=member.queue,
        interface=member.interface,
        name=member_name(world, member),
        extension=extension.key if extension is not None else "",
        state=state,
        state_at=None if member.state_at is None else utc(member.state_at),
        paused=member.paused,
        pause_reason=clean(member.pause_reason),
        penalty=member.penalty,
        calls_taken=member.calls_taken,
        unanswered=member.unanswered,
        last_call_at=utc(member.last_call - world.clock_offset) if member.last_call else None,
        call=caller.linkedid if caller is not None else "",
        wrapup_until_at=utc(member.wrapup_until) if member.wrapup_until > world.at else None,
        ring_in_use=member.ring_in_use,
        loan=None if loan is None else LoanView(until_at=utc(loan.until), by=loan.by),
    )


def member_name(world: World, member: Member) -> str:
    """As the queue calls it; where that is no name, as its extension is called."""
    name = clean(member.name)
    if name and "/" not in name:
        return name
    extension = extension_of_member(world, member)
    return extension.name if extension is not None else name


def extension_key_of_member(world: World, member: Member) -> str:
    """Of the extension that the queue rings for it; empty when it is none of ours."""
    extension = extension_of_member(world, member)
    return extension.key if extension is not None else ""


def groups_of_member(world: World, member: Member) -> tuple[str, ...]:
    extension = extension_of_member(world, member)
    return (extension.group,) if extension is not None and extension.group else ()
