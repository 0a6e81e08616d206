"""The delta terminal driver: a model of the screen, of which only what changed is sent to the terminal."""
