"""The findings of `checks.py` in words: what it is, what it costs, and the lines to put where."""

from __future__ import annotations

from ami_worker.ami.connection import AmiUrl
from ami_worker.doctor.findings import Finding, Severity
from ami_worker.doctor.rights import READ, WANTED
from ami_worker.operations.site import INCLUDE_VERSION, LISTENING_SINCE, PROMPT_SINCE, UNPARK_SINCE


def unreachable(url: AmiUrl, reason: str) -> Finding:
    text = (
        f"{reason} Without the PBX the board shows nothing. Asterisk must run, its manager must be switched on and "
        "listen where AMI_URL says, and no firewall may be in between."
    )
    lines = ["enabled = yes", "bindaddr = 0.0.0.0   ; or the one address that the panel comes to", f"port = {url.port}"]
    if url.tls:
        lines = [
            "enabled = yes",
            "tlsenable = yes",
            f"tlsbindaddr = 0.0.0.0:{url.port}",
            "tlscertfile = /etc/asterisk/keys/asterisk.pem",
        ]
    return Finding(
        Severity.ERROR,
        "unreachable",
        "The PBX cannot be reached",
        text,
        "in manager.conf of the PBX, in the section [general]",
        tuple(lines),
    )


def login_refused(url: AmiUrl, reason: str) -> Finding:
    text = (
        f"{reason.rstrip('.')}. User and secret in AMI_URL must be those of a section in manager.conf, "
        "and its “permit” "
        "must let the address of the panel in. Mind that / : @ # ? in the secret are written %2F %3A %40 %23 %3F."
    )
    return Finding(
        Severity.ERROR,
        "login_refused",
        "The PBX refuses the log-in",
        text,
        "in manager.conf of the PBX, as a section of its own (ami_worker/asterisk/manager_cordboard.conf has it ready)",
        (
            f"[{url.username}]",
            "secret = the one in AMI_URL",
            "deny = 0.0.0.0/0.0.0.0",
            "permit = 127.0.0.1/255.255.255.255   ; the address of the panel",
            f"read = {READ}",
            f"write = {','.join(WANTED)}",
            "writetimeout = 5000",
        ),
    )


def cut_off(reason: str) -> Finding:
    text = f"{reason} The log-in worked; then the PBX stopped answering. Ask again when it has settled."
    return Finding(Severity.ERROR, "cut_off", "The PBX ended the conversation", text)


def single_login(reason: str) -> Finding:
    text = f"The panel keeps two sessions, one to listen and one to act; the second was refused: {reason}"
    return Finding(
        Severity.ERROR,
        "single_login",
        "The PBX lets this log-in in only once",
        text,
        "in manager.conf, in the section [general]",
        ("allowmultiplelogin = yes",),
    )


def unencrypted(url: AmiUrl) -> Finding:
    text = (
        f"The panel talks to {url.host} in plain text: whoever is on the way can read who calls whom, "
        "and take over the "
        "log-in. Use TLS, or a tunnel (SSH, WireGuard) to an address of its own machine."
    )
    return Finding(
        Severity.WARNING,
        "unencrypted",
        "The connection is not encrypted",
        text,
        "in manager.conf, in the section [general], and begin AMI_URL with amis:// and port 5039",
        ("tlsenable = yes", "tlsbindaddr = 0.0.0.0:5039", "tlscertfile = /etc/asterisk/keys/asterisk.pem"),
    )


def missing_read(username: str, right: str) -> Finding:
    costs = {
        "system": "Without them the panel does not learn when Asterisk restarts or reloads, nor whether trunks are "
        "registered; and when it logs in within two minutes of a start of Asterisk, the board says “The PBX is "
        "starting” until they are over. (If Asterisk has only just started, ask again.)",
        "call": "Without them the panel does not learn anything of the calls: the board would stand still between two "
        "comparisons.",
        "user": "By them the dialplan include tells who keeps a caller, and why a caller came back. Without them the "
        "panel sees that, and a note that came with a transfer, only when it next compares: up to a minute later.",
    }[right]
    return Finding(
        Severity.ERROR if right == "call" else Severity.WARNING,
        f"missing_read_{right}",
        f"The log-in does not hear “{right}” events",
        costs,
        f"in manager.conf, in the section [{username}]",
        (f"read = {READ}",),
    )


def old_version(version: str) -> Finding:
    text = (
        f"This is {version}. The panel is tested with Asterisk 16 to 22; older ones may show and do less "
        "than they should."
    )
    return Finding(Severity.WARNING, "old_version", "The Asterisk is old", text)


def clock(ahead: float) -> Finding:
    direction = "ahead of" if ahead > 0 else "behind"
    text = (
        f"The clock of the PBX is {abs(ahead):.0f} seconds {direction} ours. Dates in its records will "
        "not fit those of the panel."
    )
    return Finding(Severity.WARNING, "clock", "The clocks differ", text)


def no_hints(others: bool) -> Finding:
    start = "There are hints, but none of a phone. " if others else ""
    text = (
        f"{start}A hint tells which phone is behind a number and whether it is free. Without hints the board has no "
        "extensions to show, and nobody can be found by name."
    )
    return Finding(
        Severity.ERROR,
        "no_hints",
        "There are no hints",
        text,
        "in extensions.conf, in the context of the extensions, one line for each, then “dialplan reload”",
        ("exten => 201,hint,PJSIP/201", "exten => 202,hint,PJSIP/202"),
    )


def no_include() -> Finding:
    text = (
        "With it a transfer that nobody answers comes back to the operator. Without it the panel "
        "transfers in the plain "
        "way, and what happens to a caller whom nobody answers is up to your own dialplan."
    )
    return Finding(
        Severity.WARNING,
        "no_include",
        "Cordboard's dialplan include is not there",
        text,
        "at the end of extensions.conf, after copying ami_worker/asterisk/extensions_cordboard.conf beside it, "
        "then “dialplan reload”",
        ("#include extensions_cordboard.conf",),
    )


_SINCE_VERSION = {
    2: "no hold, no asking first, no camping on, no fetching back",
    LISTENING_SINCE: "no listening to calls",
    PROMPT_SINCE: "no letting out of a queue with a prompt",
    UNPARK_SINCE: "no certainty that a phone which is answered late gets the parked caller it rang for",
}
"""What there is since which version of the include."""


def old_include(version: int) -> Finding:
    *others, last = (words for since, words in _SINCE_VERSION.items() if version < since)
    lacking = f"{', '.join(others)} and {last}" if others else last
    text = (
        f"It is version {version}, the panel wants {INCLUDE_VERSION}. Copy "
        "ami_worker/asterisk/extensions_cordboard.conf over it and say “dialplan reload”; until then there is "
        f"{lacking}."
    )
    return Finding(Severity.WARNING, "old_include", "Cordboard's dialplan include is not the present one", text)


def wrong_dial_context(dials_in: str, exten: str, context: str) -> Finding:
    text = (
        f"The include dials in the context “{dials_in}”, where {exten} is not known. Transfers therefore take the "
        "plain way, from which nobody's call comes back."
    )
    return Finding(
        Severity.WARNING,
        "wrong_dial_context",
        "Cordboard's dialplan include dials in the wrong context",
        text,
        "in extensions.conf, in the section [globals]: the context from which your phones dial",
        (f"CORDBOARD_DIAL_CONTEXT = {context}",),
    )


def no_parking_lot() -> Finding:
    return Finding(
        Severity.WARNING,
        "no_parking_lot",
        "There is no parking lot",
        "Parking is loaded, but there is no lot to park in; “Park” will fail.",
        "in res_parking.conf, then “module reload res_parking.so”",
        ("[default]", "parkext = 700", "parkpos = 701-720", "context = parkedcalls", "parkingtime = 120"),
    )


def no_queues() -> Finding:
    return Finding(
        Severity.NOTE,
        "no_queues",
        "There are no queues",
        "The supervisor view stays empty. That is as it should be if this PBX has none.",
    )


def patience(username: str) -> Finding:
    text = (
        "Two settings cannot be seen from here. With the usual writetimeout Asterisk cuts the panel off "
        "when the network "
        "pauses for a tenth of a second; and whether queue events are heard (read = agent) only a call "
        "in a queue would "
        "show."
    )
    return Finding(
        Severity.NOTE,
        "unseen_settings",
        "Check these by hand",
        text,
        f"in manager.conf, in the section [{username}]",
        (f"read = {READ}", "writetimeout = 5000"),
    )
