"""The XMPP side of the edge: streams with partners' servers and with the internal server, and what passes between."""
