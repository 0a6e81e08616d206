"""SIP over mutual TLS: framer, parser, validator, relay."""
