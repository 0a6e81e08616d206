"""JSON forms of the values, shared by both ends of the admin API."""
