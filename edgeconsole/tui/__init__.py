"""The console: drawn with Textual, fed by the store, acting through the actions."""
