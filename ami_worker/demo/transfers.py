"""Moving calls: blind and attended transfer, pick-up, bridging two channels.

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from ami_worker.demo.channels import (
    ANSWERS,
    GONE,
    POKED,
    REJECTS,
    RINGING,
    RINGS,
    UP,
    Bridge,
    Channel,
    Kept,
    Script,
    Signal,
    Steps,
)
from ami_worker.demo.dialling import Dialling
from ami_worker.demo.wire import bridge_block, channel_block


CONSULT_SECONDS = 15.0
"""How long the target of an attended transfer may ring: atxfernoanswertimeout."""


class Transfers:
    def __init__(self, dialling: Dialling) -> None:
        self.dialling = dialling
        self.switch = dialling.switch
        self.consultations: dict[Channel, Consultation] = {}  # by the channel of who transfers

    # -- blind --------------------------------------------------------------------------------------------------------

    def blind(self, transferer: Channel, context: str, exten: str) -> bool:
        """Send whoever `transferer` talks to elsewhere, and end the transferer. False if it talks to nobody."""
        bridge = transferer.bridge
        if bridge is None or len(bridge.channels) < 2 or bridge.kind == "parking":
            return False
        transferer.held = False
        self.switch.tell("Unhold", transferer)  # Asterisk says so even if nobody was on hold
        for peer in transferer.peers:
            self.switch.put_on_hold(peer, False)
        if bridge.kind != "basic" or len(bridge.channels) > 2:
            self._blind_many(transferer, bridge, context, exten)
            return True
        (transferee,) = transferer.peers
        transferee.variables["BLINDTRANSFER"] = transferer.name
        transferer.variables["BLINDTRANSFER"] = transferee.name
        self._tell_blind(transferer, transferee, bridge, context, exten)
        self.switch.goto(transferee, context, exten)
        self.switch.clock.soon(self.switch.kick, transferer)
        return True

    def _blind_many(self, transferer: Channel, bridge: Bridge, context: str, exten: str) -> None:
        """Out of a conference: a Local channel takes the transferer's place."""
        leg = self.dialling.leg(f"Local/{exten}@{context}", transferer)
        assert leg is not None
        leg.variables["BLINDTRANSFER"] = transferer.name
        self._tell_blind(transferer, None, bridge, context, exten)
        self.dialling.place(leg, None)
        self.switch.enter(bridge, leg)
        self.switch.hang_up(transferer)

    def _tell_blind(
        self, transferer: Channel, transferee: Channel | None, bridge: Bridge, context: str, exten: str
    ) -> None:
        about = channel_block(transferee, "Transferee") if transferee else ""
        body = f"Result: Success\r\n{channel_block(transferer, 'Transferer')}{about}{bridge_block(bridge)}"
        self.switch.emit("BlindTransfer", f"{body}IsExternal: Yes\r\nContext: {context}\r\nExtension: {exten}\r\n")

    # -- attended -----------------------------------------------------------------------------------------------------

    def attended(self, transferer: Channel, context: str, exten: str) -> None:
        """What the feature code does. Where it is not understood, nothing happens and nothing is told."""
        understood = "FEATURES" in transferer.variables and transferer not in self.consultations
        if understood and transferer.bridge is not None and len(transferer.bridge.channels) == 2:
            self.consultations[transferer] = Consultation(self, transferer, f"Local/{exten}@{context}")

    def cancel(self, transferer: Channel) -> None:
        """The code that goes back to the first party."""
        consultation = self.consultations.get(transferer)
        if consultation is not None and consultation.leg is not None:
            self.switch.hang_up(consultation.leg)

    # -- bridging and picking up --------------------------------------------------------------------------------------

    def bridge(self, one: Channel, two: Channel) -> None:
        """Let two channels talk to each other, whatever they were doing."""
        bridge = self.switch.new_bridge()
        # First the one that has to be fetched out of the dialplan: whom the other leaves behind may look for it.
        for channel in sorted((one, two), key=lambda channel: channel.bridge is not None):
            channel.resumes = channel.script is None
            self.switch.take(channel, bridge)
        self.switch.clock.soon(self._check, bridge)

    def _check(self, bridge: Bridge) -> None:
        """If one of them ended on the way, the other is not left alone."""
        if len(bridge.channels) < 2:
            for rest in list(bridge.channels):
                self.switch.kick(rest)
            self.switch.destroy(bridge)

    def pickup(self, picker: Channel, target: Channel) -> Steps:
        """Steps of the application PickupChan: take the call that rings at `target`; False if it does not ring."""
        picker.app, picker.appdata = "PickupChan", target.uniqueid
        dialler = target.dialler
        if target.state != RINGING or dialler is None or target.ending or target.bridge is not None:
            return False
        self.switch.set_connected(picker, target.connected_number, target.connected_name)
        self.switch.set_state(picker, UP)
        self.switch.tell("Pickup", picker, channel_block(target, "Target"))
        picker.exten = ""
        picker.app, picker.appdata = "AppDial", "(Outgoing Line)"
        target.replaced_by = picker
        target.dialler = None
        target.exten = "s"  # Asterisk swaps the two channels, and their places in the dialplan with them
        dialler.signal(Signal(ANSWERS, target))
        self.switch.hang_up(target, 26)
        yield 0  # the one who dialled takes the picker's channel from here
        raise Kept


class Consultation:
    """An attended transfer on its way: the peer hears music while the transferer talks to the target.

    It ends when one of the three goes. If the transferer does, the other two are put together.
    """

    def __init__(self, transfers: Transfers, transferer: Channel, target: str) -> None:
        self.transfers = transfers
        self.switch = transfers.switch
        self.transferer = transferer
        self.peer = transferer.peers[0]
        self.leg: Channel | None = None
        assert transferer.bridge is not None
        self.first = transferer.bridge
        script = Script(self.switch.clock, self._steps(target), lambda _: None)
        self.script = script
        for party in (transferer, self.peer):
            party.on_end.append(lambda _: script.signal(Signal(POKED)))

    def _steps(self, target: str) -> Steps:
        switch, transferer = self.switch, self.transferer
        if transferer.ending or self.peer.ending or transferer.bridge is not self.first:
            self.transfers.consultations.pop(transferer, None)
            return
        switch.tell("Hold", transferer)
        switch.put_on_hold(self.peer, True)
        leg = self.leg = self.transfers.dialling.leg(target, transferer)
        assert leg is not None
        leg.variables["CONSULTATION"] = "1"
        second = switch.new_bridge()
        self.first.kept = second.kept = True
        self.transfers.dialling.place(leg, self.script)
        switch.enter(second, leg)
        switch.enter(second, transferer)
        yield from self._until_somebody_goes(leg)
        self.transfers.consultations.pop(transferer, None)
        leg.dialler = None
        self._settle(leg, second)

    def _until_somebody_goes(self, leg: Channel) -> Steps:
        ends = self.switch.clock.deadline(CONSULT_SECONDS)
        while not (self.transferer.ending or self.peer.ending or leg.ending):
            signal = yield None if leg.state == UP else self.switch.clock.left(ends)
            word = signal.word if signal else ""
            if word == RINGS:
                self.switch.tell_pair("DialState", None, leg, "DialStatus: RINGING\r\n")
            elif word == ANSWERS:
                self.switch.tell_pair("DialEnd", None, leg, "DialStatus: ANSWER\r\n")
            elif word in (REJECTS, GONE) or (not word and leg.state != UP and self.switch.clock.lived >= ends):
                return

    def _settle(self, leg: Channel, second: Bridge) -> None:
        switch = self.switch
        gone = self.transferer.ending or self.transferer.bridge is not second
        self.first.kept = second.kept = False
        if not self.peer.ending:
            switch.put_on_hold(self.peer, False)
        if gone and not leg.ending and not self.peer.ending:
            switch.emit("BridgeMerge", bridge_block(self.first, "To") + bridge_block(second, "From"))
            switch.enter(self.first, leg)
            self._tell(leg, second)
        elif not gone and not self.peer.ending:
            switch.hang_up(leg)
            switch.enter(self.first, self.transferer)
        elif gone:
            switch.hang_up(leg)
            switch.kick(self.peer)
        if leg.ending:
            switch.hang_up(leg)
        for bridge in (self.first, second):
            if not bridge.channels:
                switch.destroy(bridge)

    def _tell(self, leg: Channel, second: Bridge) -> None:
        body = (
            f"Result: Success\r\n{channel_block(self.transferer, 'OrigTransferer')}{bridge_block(self.first, 'Orig')}"
        )
        body += f"{channel_block(self.transferer, 'SecondTransferer')}{bridge_block(second, 'Second')}"
        body += f"{channel_block(self.peer, 'Transferee')}{channel_block(leg, 'TransferTarget')}IsExternal: No\r\n"
        self.peer.variables["ATTENDEDTRANSFER"] = self.transferer.name
        body += f"DestType: Bridge\r\nDestBridgeUniqueid: {self.first.uniqueid}\r\n"
        self.switch.emit("AttendedTransfer", body)
