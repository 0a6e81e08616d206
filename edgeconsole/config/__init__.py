"""federation.toml: read, check, edit in place, save, and keep its revisions."""
