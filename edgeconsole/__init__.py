"""edgeconsole: the operations console for a SIP and XMPP federation edge."""

__version__ = "0.1.0"
