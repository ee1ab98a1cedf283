"""Actions on variables, the database, mailboxes and the dialplan. Only `ami_worker.demo` may import this module."""

from __future__ import annotations

import re

from ami_worker.demo.actions.base import Action, Request
from ami_worker.demo.channels import Channel
from ami_worker.demo.devices import BUSY, DEVICE_STATES, HINT_TEXTS, INUSE
from ami_worker.demo.patterns import Rule
from ami_worker.demo.wire import CALL, CONFIG, REPORTING, STATES, SYSTEM


_FUNCTION = re.compile(r"([A-Z_0-9]+)\((.*)\)")


# -- variables --------------------------------------------------------------------------------------------------------


def getvar(request: Request) -> str:
    name = request.get("Variable")
    if not name:
        return request.error("No variable specified")
    channel = request.channel()
    if request.get("Channel") and channel is None:
        return request.error("No such channel")
    return request.start(f"Variable: {name}\r\nValue: {_value(request, channel, name)}\r\n")


def _value(request: Request, channel: Channel | None, name: str) -> str:
    function = _FUNCTION.fullmatch(name)
    if function is not None:
        return _function(request, channel, function[1], function[2])
    if name == "EPOCH":
        return str(int(request.pbx.clock.now))
    if channel is not None and name in ("CONTEXT", "EXTEN", "PRIORITY"):
        return {"CONTEXT": channel.context, "EXTEN": channel.exten}.get(name, str(channel.priority))
    if channel is not None and name in channel.variables:
        return channel.variables[name]
    return request.pbx.variables.get(name, "")


def _function(request: Request, channel: Channel | None, name: str, argument: str) -> str:
    """Functions that only look; one that nobody knows is empty, as on a real PBX."""
    pbx = request.pbx
    match name:
        case "DIALPLAN_EXISTS":
            context, _, rest = argument.partition(",")
            exten = rest.partition(",")[0]
            known = pbx.dialplan.find(context, exten) if exten else pbx.dialplan.contexts.get(context)
            return str(int(known is not None))
        case "DEVICE_STATE":
            return DEVICE_STATES[pbx.switch.devices.states.get(argument, 4)]
        case "EXTENSION_STATE" | "HINT":
            hint = pbx.switch.devices.hints.get(argument.partition("@")[0])
            if hint is None:
                return "UNKNOWN" if name == "EXTENSION_STATE" else ""
            return HINT_TEXTS[hint.status] if name == "EXTENSION_STATE" else hint.text.partition(",")[0]
        case "CHANNEL" if channel is not None:
            found = {"state": STATES[channel.state], "name": channel.name, "uniqueid": channel.uniqueid}
            found |= {"linkedid": channel.linkedid, "channeltype": channel.name.partition("/")[0]}
            return found.get(argument, "")
        case "CALLERID" if channel is not None:
            return {"num": channel.caller_number, "name": channel.caller_name}.get(argument, "")
    return ""


def setvar(request: Request) -> str:
    name, value = request.get("Variable"), request.get("Value")
    if not name:
        return request.error("No variable specified")
    channel = request.channel()
    if request.get("Channel") and channel is None:
        return request.error("No such channel")
    function = _FUNCTION.fullmatch(name)
    if function is None:
        (channel.variables if channel else request.pbx.variables)[name.lstrip("_")] = value
        return request.ack("Variable Set")
    done = _set_function(request, channel, function[1], function[2], value)
    return request.ack("Variable Set") if done else request.error("Variable not set")


def _set_function(request: Request, channel: Channel | None, name: str, argument: str, value: str) -> bool:
    devices = request.pbx.switch.devices
    if name == "DEVICE_STATE" and argument.startswith("Custom:") and value in DEVICE_STATES:
        state = DEVICE_STATES.index(value)
        devices.set(argument, state)
        phone = request.pbx.phones.get(argument.removeprefix("Custom:DND"))
        if phone is not None:  # the office's dialplan asks this lamp before it rings a phone
            phone.dnd = state in (BUSY, INUSE)
        return True
    if name == "PRESENCE_STATE" and argument in devices.presence:
        state_word, _, rest = value.partition(",")
        devices.set_presence(argument, state_word, rest.partition(",")[2])
        return True
    if name == "CALLERID" and channel is not None and argument in ("num", "name"):
        own = (value, channel.caller_name) if argument == "num" else (channel.caller_number, value)
        connected = channel.connected_number, channel.connected_name
        request.pbx.switch.set_parties(channel, caller=own, connected=connected)
        return True
    return name == "MUTEAUDIO" and channel is not None and argument in ("in", "out", "all")


# -- database and mailboxes -------------------------------------------------------------------------------------------


def db_get(request: Request) -> str:
    family, key = request.get("Family"), request.get("Key")
    if not family:
        return request.error("No family specified.")
    if not key:
        return request.error("No key specified.")
    value = request.pbx.database.get(f"/{family}/{key}")
    if value is None:
        return request.error("Database entry not found")
    item = f"Event: DBGetResponse\r\nFamily: {family}\r\nKey: {key}\r\nVal: {value}\r\n{request.action_id}"
    return request.listing("Result will follow", [item], "DBGetComplete")


def db_get_tree(request: Request) -> str:
    prefix = "".join(f"/{part}" for part in (request.get("Family"), request.get("Key")) if part)
    items = [
        f"Event: DBGetTreeResponse\r\nKey: {key}\r\nVal: {value}\r\n{request.action_id}"
        for key, value in request.pbx.database.items()
        if not prefix or key == prefix or key.startswith(prefix + "/")
    ]
    return request.listing("Result will follow", items, "DBGetTreeComplete")


def mailbox_count(request: Request) -> str:
    name = request.get("Mailbox")
    if not name:
        return request.error("Mailbox not specified")
    box = request.pbx.switch.devices.mailboxes.get(name.partition("@")[0])
    new, old = (box.new, box.old) if box else (0, 0)
    counts = f"UrgMessages: 0\r\nNewMessages: {new}\r\nOldMessages: {old}\r\n"
    return request.start(f"Message: Mailbox Message Count\r\nMailbox: {name}\r\n{counts}")


def extension_state(request: Request) -> str:
    exten = request.get("Exten")
    if not exten:
        return request.error("Extension not specified")
    context = request.get("Context") or "default"
    hint = request.pbx.switch.devices.hints.get(exten)
    text, status = (hint.text, hint.status) if hint else ("", -1)
    words = HINT_TEXTS.get(status, "Unknown")
    about = f"Exten: {exten}\r\nContext: {context}\r\nHint: {text}\r\nStatus: {status}\r\nStatusText: {words}\r\n"
    return request.start(f"Message: Extension Status\r\n{about}")


# -- dialplan ---------------------------------------------------------------------------------------------------------


def show_dialplan(request: Request) -> str:
    context, exten = request.get("Context"), request.get("Extension")
    plan = request.pbx.dialplan
    if context and context not in plan.contexts:
        return request.error(f"Did not find context {context}")
    contexts = [context] if context else list(plan.contexts)
    rules = [found for name in contexts for found in plan.listed(name, exten)]
    if exten and not rules:
        return request.error(f"Did not find extension {exten}@{context}")
    items = [item for name, rule in rules for item in _rule(request, name, rule)]
    if not exten:
        items += [
            f"Event: ListDialplan\r\n{request.action_id}Context: {name}\r\nIncludeContext: {included}\r\n"
            "Registrar: pbx_config\r\n"
            for name in contexts
            for included in plan.contexts[name].includes
        ]
    priorities = sum(len(rule.lines) + bool(rule.hint) for _, rule in rules)
    extra = f"ListExtensions: {len(rules)}\r\nListPriorities: {priorities}\r\nListContexts: {len(contexts)}\r\n"
    return request.listing("DialPlan list will follow", items, "ShowDialPlanComplete", extra)


def _rule(request: Request, context: str, rule: Rule) -> list[str]:
    head = f"Event: ListDialplan\r\n{request.action_id}Context: {context}\r\nExtension: {rule.exten}\r\n"
    items = [f"{head}Priority: hint\r\nApplication: {rule.hint}\r\nRegistrar: pbx_config\r\n"] if rule.hint else []
    for priority, (application, data) in enumerate(rule.lines, 1):
        what = f"Priority: {priority}\r\nApplication: {application}\r\nAppData: {data}\r\n"
        items.append(f"{head}{what}Registrar: pbx_config\r\n")
    return items


ACTIONS = (
    Action("Getvar", CALL | REPORTING, "Gets a channel variable or function value.", getvar),
    Action("Setvar", CALL, "Sets a channel variable or function value.", setvar),
    Action("DBGet", SYSTEM | REPORTING, "Get DB Entry.", db_get),
    Action("DBGetTree", SYSTEM | REPORTING, "Get DB entries, optionally at a particular family/key", db_get_tree),
    Action("MailboxCount", CALL | REPORTING, "Check Mailbox Message Count.", mailbox_count),
    Action("ExtensionState", CALL | REPORTING, "Check Extension Status.", extension_state),
    Action("ShowDialPlan", CONFIG | REPORTING, "Show dialplan contexts and extensions", show_dialplan),
)
