"""federation.toml: read, checked, spliced, saved, with its revisions."""
