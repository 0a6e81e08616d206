"""The admin API of the proxy: routes over a Unix socket, callers known by their peer credentials."""
