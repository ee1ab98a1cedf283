"""The SIP phones of the rig do on the real Asterisks what their interface promises."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rig.parts import wait_for
from tests.rig.phones import Rig, SipProcess


pytestmark = pytest.mark.asterisk


def happened(phone: SipProcess, *what: str) -> list[str]:
    return [note.what for note in phone.notes() if note.what in what]


def test_an_outside_caller_is_shown_to_the_phone_that_rings(rig: Rig) -> None:
    phone = rig.phone("201")
    rig.call_from_outside("5550100", number="+48600111222", name="Jan Novák")
    assert '"Jan Novák" <sip:+48600111222@' in phone.wait("called").detail
    phone.wait("ringing")


def test_a_phone_answers_by_itself_after_its_time_and_hangs_up_after_its_time(rig: Rig) -> None:
    phone = rig.phone("201", answer_after=0.2, hangup_after=0.2)
    caller = rig.call_from_outside("5550100")
    caller.wait("ended")
    assert happened(phone, "ringing", "answered", "hungup") == ["ringing", "answered", "hungup"]


def test_a_phone_answers_and_hangs_up_when_told(rig: Rig) -> None:
    phone = rig.phone("201")
    caller = rig.call_from_outside("5550100")
    phone.wait("ringing")
    phone.answer()
    caller.wait("answered")
    phone.hangup()
    caller.wait("ended")


def test_a_caller_gives_up_while_it_rings(rig: Rig) -> None:
    phone = rig.phone("201")
    caller = rig.call_from_outside("5550100")
    phone.wait("ringing")
    caller.hangup()
    phone.wait("cancelled")
    assert happened(caller, "answered", "failed") == ["failed"]


def test_a_caller_who_gives_up_while_it_is_answered_hangs_up(rig: Rig) -> None:
    """The answer and the CANCEL cross: nothing refuses the call then, it is up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pbx:
        pbx.settimeout(15)
        pbx.bind(("127.0.0.1", 0))
        caller = rig.call_from_outside("5550100", at=pbx.getsockname())

        def heard(method: str) -> tuple[str, tuple[str, int]]:
            while True:
                data, sender = pbx.recvfrom(4096)
                if data.startswith(method.encode()):
                    return data.decode(), sender

        def reply(request: str, status: str, sdp: str = "") -> None:
            kept = [line for line in request.splitlines() if line.startswith(("Via:", "From:", "Call-ID:", "CSeq:"))]
            to = next(line for line in request.splitlines() if line.startswith("To:"))
            more = [f"{to};tag=pbx", f"Contact: <sip:pbx@127.0.0.1:{pbx.getsockname()[1]}>"]
            lines = [f"SIP/2.0 {status}", *kept, *more, f"Content-Length: {len(sdp)}", "", sdp]
            pbx.sendto("\r\n".join(lines).encode(), sender)

        invite, sender = heard("INVITE")
        reply(invite, "100 Trying")
        caller.wait("trying")
        with ThreadPoolExecutor(1) as thread:
            giving_up = thread.submit(caller.hangup)
            cancel, _ = heard("CANCEL")
            reply(cancel, "200 OK")
            reply(invite, "200 OK")
            heard("ACK")
            bye, _ = heard("BYE")
            assert "tag=pbx" in bye
            reply(bye, "200 OK")
            giving_up.result()
    assert happened(caller, "failed", "hungup") == ["hungup"]


def test_a_caller_hangs_up_by_itself_after_its_time(rig: Rig) -> None:
    phone = rig.phone("201", answer_after=0)
    rig.call_from_outside("5550100", hangup_after=0.2).wait("hungup")
    phone.wait("ended")


@pytest.mark.parametrize(("code", "cause"), [(486, "17"), (603, "21"), (480, "19"), (503, "34")])
def test_a_phone_refuses_and_asterisk_gives_the_cause(rig: Rig, code: int, cause: str) -> None:
    with rig.asterisk.session(events="call") as session:
        rig.phone("202", refuse=True, refuse_with=code)
        rig.call_from("203", "202").wait("failed")
        callee = session.wait_event("DialEnd")["DestUniqueid"]
        assert session.wait_event("Hangup", Uniqueid=callee)["Cause"] == cause


def test_a_phone_is_told_to_reject(rig: Rig) -> None:
    phone = rig.phone("202")
    caller = rig.call_from("203", "202")
    phone.wait("ringing")
    phone.reject()
    caller.wait("failed")


def test_an_extension_without_a_phone_does_not_reply_and_its_old_call_does_not_ring_a_phone_that_comes_later(
    rig: Rig,
) -> None:
    caller = rig.call_from("203", "202")
    caller.wait("trying")
    caller.hangup()
    phone = rig.phone("202", answer_after=0)
    second = rig.call_from("204", "202")
    second.wait("answered")
    assert len(happened(phone, "called")) == 1


def test_hold_is_seen_by_asterisk_and_can_be_undone_and_done_again(rig: Rig) -> None:
    with rig.asterisk.session(events="call") as session:
        phone = rig.phone("201", answer_after=0)
        caller = rig.call_from_outside("5550100")
        caller.wait("answered")
        phone.wait("answered")
        for _ in range(2):
            mark = session.count
            phone.hold()
            session.wait_event("Hold", since=mark)
            phone.unhold()
            session.wait_event("Unhold", since=mark)
        caller.hangup()


def test_a_phone_has_two_calls_at_a_time(rig: Rig) -> None:
    phone = rig.phone("201", answer_after=0)
    callers = [rig.call_from_outside("5550100", number=f"+4860011100{n}") for n in (1, 2)]
    for caller in callers:
        caller.wait("answered")
    phone.wait("answered", count=2)
    for caller in callers:
        caller.hangup()
    phone.wait("ended", count=2)


def test_an_extension_calls_out_through_the_trunk(rig: Rig) -> None:
    outside = rig.outside_phone(answer_after=0)
    caller = rig.call_from("201", "05550999")
    caller.wait("answered")
    outside.hangup()
    caller.wait("ended")


def test_the_trunk_registers_with_the_registrar_and_is_refused_by_one_that_refuses(rig: Rig) -> None:
    with rig.asterisk.session(events="system") as session:
        registrar = rig.registrar()
        session.wait_event("Registry", 40, Status="Registered")
        registrar.end()
        mark = session.count
        rig.registrar(accept=False)
        session.wait_event("Registry", 40, Status="Rejected", since=mark)


def test_sound_reaches_asterisk(rig: Rig) -> None:
    phone = rig.phone("201", answer_after=0)
    caller = rig.call_from_outside("5550100")
    caller.wait("answered")
    phone.wait("answered")
    caller.speak(0.2)

    def received() -> bool:
        rows = [line.split() for line in rig.asterisk.cli("pjsip show channelstats").splitlines() if "itsp-" in line]
        return bool(rows) and int(rows[0][4]) == 10

    wait_for(received, "ten packets of sound")


def test_after_a_test_asterisk_is_idle_and_the_queues_are_as_configured(asterisk) -> None:
    with Rig(asterisk) as rig, asterisk.session() as session:
        rig.phone("201", answer_after=0)
        rig.call_from_outside("5550100").wait("answered")
        session.action("QueuePause", {"Queue": "front", "Interface": "PJSIP/203", "Paused": "true"})
        session.action("QueueAdd", {"Queue": "front", "Interface": "PJSIP/209"})
    with asterisk.session() as session:
        assert session.list("CoreShowChannels") == []
        members = [row for row in session.list("QueueStatus", {"Queue": "front"}) if row["Event"] == "QueueMember"]
    assert sorted((row["Location"], row["Paused"]) for row in members) == [("PJSIP/203", "0"), ("PJSIP/204", "0")]
