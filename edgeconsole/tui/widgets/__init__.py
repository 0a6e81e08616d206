"""Widgets: they receive values, draw them and post messages; they know no store."""
