"""What people on two systems can do together: the capability matrix (docs/rules.md 2.9) with ended services."""

from datetime import date
from enum import Enum
from typing import NamedTuple

from edgeconsole.model.terms import Modality, Platform


class Support(Enum):
    """How far a modality works."""

    YES = "yes"
    PEER_TO_PEER = "peer-to-peer only"
    NO = "no"


class Counterpart(Enum):
    """The kinds of system on the other side that the documents tell apart."""

    LYNC = "Lync 2010, Lync 2013 or Skype for Business"
    OCS2007R2 = "Office Communications Server 2007 R2"
    OCS2007 = "Office Communications Server 2007"
    MICROSOFT365 = "Lync Online or Microsoft 365"
    MESSENGER = "Windows Live Messenger"
    SKYPE = "Skype consumer"
    AOL = "AOL"
    YAHOO = "Yahoo!"
    XMPP = "XMPP partner"


class Capability(NamedTuple):
    """What a counterpart can do, and when its service ended if it did."""

    presence: Support
    im: Support
    im_multiparty: Support
    conference: Support
    audio: Support
    video: Support
    app_share: Support
    source: str
    ended: date | None = None
    note: str = ""


_Y, _P, _N = Support.YES, Support.PEER_TO_PEER, Support.NO

MATRIX: dict[Counterpart, Capability] = {
    Counterpart.LYNC: Capability(_Y, _Y, _Y, _Y, _Y, _Y, _Y, "P-PLAN, P-AV", note="application sharing over TCP"),
    Counterpart.OCS2007R2: Capability(_Y, _Y, _Y, _Y, _Y, _Y, _Y, "P-PLAN, P-AV", note="application sharing over TCP"),
    Counterpart.OCS2007: Capability(
        _Y, _Y, _Y, _Y, _Y, _Y, _N, "P-AV", note="media needs UDP and TCP 50000-59999 in both directions"
    ),
    Counterpart.MICROSOFT365: Capability(_Y, _Y, _Y, _Y, _Y, _Y, _Y, "P-HOST, P-PLAN"),
    Counterpart.MESSENGER: Capability(
        _Y, _P, _N, _N, _P, _P, _N, "P-PIC, P-MEDIA", date(2013, 3, 15),
        "no SRTP: media encryption had to be `support`",
    ),
    Counterpart.SKYPE: Capability(
        _Y, _P, _N, _N, _P, _P, _N, "P-PICEOL, SFB-SKYPE", date(2025, 5, 5), "video from Skype for Business 2015 on"
    ),
    Counterpart.AOL: Capability(_Y, _P, _N, _N, _N, _N, _N, "P-PIC, P-PICEOL", date(2014, 6, 30)),
    Counterpart.YAHOO: Capability(_Y, _P, _N, _N, _N, _N, _N, "P-PIC, P-PICEOL", date(2014, 6, 30)),
    Counterpart.XMPP: Capability(
        _P, _P, _N, _N, _N, _N, _N, "P-PIC, P-PLAN, P-GTALK",
        note="not supported at all for people homed on a Survivable Branch Appliance",
    ),
}  # fmt: skip

_BY_PLATFORM: dict[Platform, Counterpart] = {
    Platform.OCS2007: Counterpart.OCS2007,
    Platform.OCS2007R2: Counterpart.OCS2007R2,
    Platform.MICROSOFT365: Counterpart.MICROSOFT365,
}


def counterpart_of(platform: Platform) -> Counterpart:
    """Return the row of the matrix for a SIP partner's platform; an unknown one is taken as Lync."""
    return _BY_PLATFORM.get(platform, Counterpart.LYNC)


_BEFORE_SKYPE_VIDEO = frozenset({Platform.OCS2007, Platform.OCS2007R2, Platform.LYNC2010, Platform.LYNC2013})
"""Our own platforms that had no video with Skype (SFB-SKYPE: from Skype for Business Server 2015 on)."""


def support(
    counterpart: Counterpart, modality: Modality, parties: int = 2, ours: Platform = Platform.UNKNOWN
) -> Support:
    """Return how far a modality works between that many people, a counterpart and a platform of ours."""
    if counterpart is Counterpart.SKYPE and modality is Modality.VIDEO and ours in _BEFORE_SKYPE_VIDEO:
        return _N
    row = MATRIX[counterpart]
    found = {
        Modality.PRESENCE: row.presence,
        Modality.IM: row.im if parties <= 2 else row.im_multiparty,
        Modality.AUDIO: row.audio,
        Modality.VIDEO: row.video,
        Modality.CONFERENCE: row.conference,
        Modality.APP_SHARE: row.app_share,
        Modality.FILE: row.app_share,
    }[modality]
    return _N if found is _P and parties > 2 else found


def ended(counterpart: Counterpart, today: date) -> date | None:
    """Return the day the counterpart's service ended, if it has."""
    day = MATRIX[counterpart].ended
    return day if day is not None and day <= today else None
