"""Bytes as real PBXes send them, oddities and all."""

from __future__ import annotations


CHANNEL = (
    b"Channel: PJSIP/201-0000001f\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: 201\r\n"
    b"CallerIDName: Jos\xc3\xa9 O\\'Brien\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\n"
    b"Language: en\r\nAccountCode: \r\nContext: from-internal\r\nExten: 600\r\nPriority: 3\r\n"
    b"Uniqueid: 1767225600.31\r\nLinkedid: 1767225600.30\r\n"
)

LOGIN = (
    b"Asterisk Call Manager/11.0.0\r\n"
    b"Response: Success\r\nActionID: p1-1-a\r\nChallenge: 171234567\r\n\r\n"
    b"Response: Success\r\nActionID: p1-2-b\r\nMessage: Authentication accepted\r\n\r\n"
    b"Event: FullyBooted\r\nPrivilege: system,all\r\nUptime: 93\r\nLastReload: 93\r\nStatus: Fully Booted\r\n\r\n"
)

CALL = LOGIN + (
    b"Event: Newchannel\r\nPrivilege: call,all\r\n"
    + CHANNEL
    + b"ChanVariable: TENANT=a\\?b\r\nChanVariable: DID=\r\n\r\n"
    b"Event: Newstate\r\nPrivilege: call,all\r\n" + CHANNEL + b"\r\n"
    b"Event: OriginateResponse\r\nPrivilege: call,all\r\nActionID: p1-3-c\r\nResponse: Failure\r\n"
    b"Channel: PJSIP/201\r\nReason: 5\r\nUniqueid: <null>\r\nCallerIDNum: <unknown>\r\nCallerIDName: <unknown>\r\n\r\n"
    b"Event: Hangup\r\nPrivilege: call,all\r\n" + CHANNEL + b"Cause: 16\r\nCause-txt: Normal Clearing\r\n\r\n"
)

LISTS = LOGIN + (
    b"Response: Success\r\nActionID: g1\r\nEventList: start\r\nMessage: Agents will follow\r\n\r\n"
    b"Event: Agents\r\nAgent: 1001\r\nName: Alice\r\nStatus: AGENT_ONCALL\r\nTalkingToChan: PJSIP/x-1\r\n"
    b"CallStarted: 1767225600\nLoggedInTime: 1767225000\r\nActionID: g1\r\n\r\n"
    b"Event: AgentsComplete\r\nActionID: g1\r\nEventList: Complete\r\nListItems: 1\r\n\r\n"
    b"Response: Success\r\nActionID: g2\r\nEventList: start\r\nMessage: Channels will follow\r\n\r\n"
    b"Event: CoreShowChannelMap\r\nActionID: g2\r\nConnectedChannel: PJSIP/a-1\r\n\n"
    b"Event: CoreShowChannelMap\r\nActionID: g2\r\nConnectedChannel: PJSIP/b-1\r\n\n"
    b"Event: CoreShowChannelMapComplete\r\nActionID: g2\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"
    b"Event: QueueRule\r\nActionID: g3\r\nRule: 30,1\r\n\r\n\r\n"
    b"Response: Success\r\nActionID: g4\r\nMessage: Park successful\n\r\n\r\n"
    b"Response: Error\r\nActionID: g5\r\nMessage: No endpoints found\n\r\n\r\n"
)

ASTERISK_13 = (
    b"Asterisk Call Manager/2.10.6\r\n"
    b"Response: Follows\r\nPrivilege: Command\r\nActionID: c1\r\n\n  == Event: Hangup\nChannel (Context Extension)\n\n"
    b"0 active channels\n--END COMMAND--\r\n\r\n"
    b"Event: Reload\r\nPrivilege: system,all\r\nModule: All\r\nStatus: 0\r\n\r\n"
)

ODD = (
    b"Asterisk Call Manager/9.0.0\r\n\r\n"
    b"Event: Newchannel\r\nno colon here\r\n: no name\r\nCallerIDNum: 1:2: 3\r\nCallerIDName: M\xfcller\xff\xfe\r\n"
    b"Exten: 3\x0000\r\nUniqueid: 1.1\r\nUniqueid: 6.6\r\nEvent: Hangup\r\nAccountCode:\r\nappdata:x\r\nEmpty: \r\n\r\n"
    b"garbage\r\nmore\r\n\r\n"
    b"Event: DTMFEnd\r\nDigit: \xe2\x82\r\n\r\n"
)

TRANSCRIPTS = {"login": LOGIN, "call": CALL, "lists": LISTS, "asterisk 13": ASTERISK_13, "odd": ODD}
