"""A second reader of the wire, written for clarity and apart from `protocol.py`, to judge it by."""

from __future__ import annotations

import re


Headers = list[tuple[str, str]]


def messages_of(stream: bytes) -> list[Headers]:
    """The header lists of all complete messages of a stream within the limits; the banner is a list without headers."""
    text = stream.replace(b"\0", b"")
    messages: list[Headers] = []
    text = text.lstrip(b"\r\n")
    if b"\n" in text and not text.startswith((b"Event:", b"Response:")):
        text = text[text.index(b"\n") + 1 :]
        messages.append([])
    while True:
        text = text.lstrip(b"\r\n")
        if text.startswith(b"Response: Follows\r\n"):
            frame, end, text = text.partition(b"--END COMMAND--\r\n\r\n")
            if not end:
                return messages
            messages.append(_command(frame))
            continue
        blank = re.search(rb"\r\n\r?\n", text)
        if blank is None:
            return messages
        headers = _headers(text[: blank.start()])
        if headers:
            messages.append(headers)
        text = text[blank.end() :]


def _headers(frame: bytes) -> Headers:
    lines: list[bytes] = []
    for line in frame.split(b"\r\n"):
        for number, piece in enumerate(line.split(b"\n")):
            if number == 0 or re.match(rb"[A-Za-z][A-Za-z0-9_.()/;@-]*:", piece):
                lines.append(piece)
            else:
                lines[-1] += b"\n" + piece
    headers = []
    for line in lines:
        name, colon, value = line.rstrip(b"\n").partition(b":")
        if colon and name and b"\n" not in name:
            value = value[1:] if value.startswith(b" ") else value
            headers.append((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")))
    return headers


def _command(frame: bytes) -> Headers:
    headers = []
    while match := re.match(rb"(Response|Privilege|ActionID): ([^\r]*)\r\n", frame):
        headers.append((match[1].decode(), match[2].decode("utf-8", "replace")))
        frame = frame[match.end() :]
    if frame.endswith(b"\n"):
        frame = frame[:-1]
    lines = frame.split(b"\n") if frame else []
    return headers + [("Output", re.sub(rb"\r$", b"", line).decode("utf-8", "replace")) for line in lines]


def action_lines(data: bytes) -> list[list[tuple[str, str]]]:
    """What Asterisk's get_input makes of our bytes: a bare LF ends a line too, and a NUL hides the rest of one."""
    actions: list[list[tuple[str, str]]] = [[]]
    for raw in re.split(rb"\r\n|\n", data):
        line = raw.split(b"\0")[0]
        if not line:
            if actions[-1]:
                actions.append([])
            continue
        name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
        actions[-1].append((name, value.lstrip(" \t")))
    return actions[:-1] if not actions[-1] else actions
