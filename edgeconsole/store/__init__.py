"""The shared state store: one snapshot, its subscribers, and the one backend."""
