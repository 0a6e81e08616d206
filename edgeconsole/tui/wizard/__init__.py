"""The guided set-up: imported when it is first opened."""
