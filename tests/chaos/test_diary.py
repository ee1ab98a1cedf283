"""What a red run prints of its diary: all that people and faults did, and the words of Asterisk and of the panel about
those who are asked for.
"""

from __future__ import annotations

import pytest

from tests.chaos.diary import Diary


TRUNK = {"Channel": "PJSIP/itsp-00000001", "Uniqueid": "1.1"}


@pytest.fixture
def diary() -> Diary:
    diary = Diary()
    diary.note("desk 226", "calls in; the target answers")
    diary.hear({"Event": "Newchannel", **TRUNK, "Exten": "5551226"})
    diary.hear({"Event": "Newchannel", "Channel": "PJSIP/228-00000002", "Uniqueid": "1.228"})
    diary.hear({"Event": "Newchannel", "Channel": "PJSIP/itsp-00000228", "Uniqueid": "1.1226", "Exten": "5550199"})
    diary.overhear({"Action": "Park", "Channel": TRUNK["Channel"], "TimeoutChannel": "PJSIP/228-00000000"})
    diary.overhear({"Action": "Ping"})
    diary.hear({"Event": "Hangup", **TRUNK})
    return diary


def test_a_channel_is_followed_to_where_nobody_is_named_any_more(diary: Diary) -> None:
    told = [f"{entry.who}: {entry.what.split()[0]}" for entry in diary.around({"226", "228", "5551226"})]
    assert told == [
        "desk 226: calls",
        "asterisk: Newchannel",
        "asterisk: Newchannel",
        "panel: Park",
        "asterisk: Hangup",
    ]


def test_without_anybody_asked_for_it_is_what_people_and_faults_did(diary: Diary) -> None:
    assert [entry.who for entry in diary.around(())] == ["desk 226"]
