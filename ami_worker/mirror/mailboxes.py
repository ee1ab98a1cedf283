"""Mailboxes: MessageWaiting and the list VoicemailUsersList, which also has people's names. Used inside the mirror."""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.entities import Mailbox
from ami_worker.mirror.names import Names
from ami_worker.mirror.text import address
from ami_worker.mirror.world import World
from panel.vocabulary import Kind, MailboxRow


class Mailboxes:
    """Keeps `World.mailboxes`."""

    def __init__(self, world: World, names: Names) -> None:
        self._world = world
        self._names = names
        self.handlers: dict[str, Handler] = {"messagewaiting": self.on_waiting}

    def on_waiting(self, message: Message) -> None:
        """Comes with the counts, or without them where only a lamp is known; repeats without change are usual."""
        key = message.get("Mailbox")
        if not key:
            return
        new = message.get("New") or ("1" if message.get("Waiting") == "1" else "0")
        self._set(key if "@" in key else f"{key}@default", new, message.get("Old"))

    def on_listed(self, message: Message) -> tuple[str, bool]:
        """An item of VoicemailUsersList. Returns the mailbox's key and whether its counts were wrong."""
        number = message.get("VoiceMailbox")
        key = f"{number}@{message.get('VMContext')}"
        is_news = self._set(key, message.get("NewMessageCount"), message.get("OldMessageCount"))
        self._names.learn("voicemail", number, message.text("Fullname"))
        email = address(message.get("Email"))
        box = self._world.mailboxes[key]
        if email != box.email:
            box.email = email
            self._touch(key)
            is_news = True
        return key, is_news

    def remove(self, key: str) -> None:
        del self._world.mailboxes[key]
        del self._world.mailboxes_of[key.partition("@")[0]][key]
        self._touch(key)

    def _set(self, key: str, new: str, old: str) -> bool:
        world = self._world
        box = world.mailboxes.get(key)
        is_new = box is None
        if box is None:
            box = world.mailboxes[key] = Mailbox(key)
            world.mailboxes_of.setdefault(key.partition("@")[0], {})[key] = box
            self._touch(key)
        counts = (int(new) if new.isdecimal() else 0, int(old) if old.isdecimal() else 0)
        is_news = is_new or counts != (box.new, box.old)
        if is_news:
            box.new, box.old = counts
            world.dirty[Kind.MAILBOX].add(key)
        return is_news

    def _touch(self, key: str) -> None:
        """It came or went, or has another address: its extension shows what it has."""
        world = self._world
        world.dirty[Kind.MAILBOX].add(key)
        for extension in world.by_number.get(key.partition("@")[0], ()):
            world.dirty[Kind.EXTENSION].add(extension.key)
            self._names.apply_to(extension)

    def row(self, mailbox: Mailbox) -> MailboxRow:
        extension = self._world.extension_with(mailbox.key.partition("@")[0])
        return MailboxRow(
            key=mailbox.key,
            extension=extension.key if extension is not None else "",
            new=mailbox.new,
            old=mailbox.old,
        )

    def groups(self, mailbox: Mailbox) -> tuple[str, ...]:
        extension = self._world.extension_with(mailbox.key.partition("@")[0])
        return (extension.group,) if extension is not None and extension.group else ()
