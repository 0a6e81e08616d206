"""The closed list of codes, in the order of the stages."""

from edgeconsole.rules.probing.code import Code
from edgeconsole.rules.probing.codes.application import APPLICATION_CODES
from edgeconsole.rules.probing.codes.certificate import CERTIFICATE_CODES
from edgeconsole.rules.probing.codes.dns import DNS_CODES
from edgeconsole.rules.probing.codes.ours import OWN_CODES
from edgeconsole.rules.probing.codes.transport import TRANSPORT_CODES
from edgeconsole.rules.probing.codes.xmpp import XMPP_CODES

CODES: dict[str, Code] = {
    entry.code: entry
    for entry in (
        *DNS_CODES, *TRANSPORT_CODES, *CERTIFICATE_CODES, *APPLICATION_CODES, *XMPP_CODES, *OWN_CODES,
    )
}  # fmt: skip
"""Every code a finding may carry."""
