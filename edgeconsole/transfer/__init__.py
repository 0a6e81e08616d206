"""Import and export of federation rules: bytes in, reviewed changes out, and back. Pure; files are the caller's."""
