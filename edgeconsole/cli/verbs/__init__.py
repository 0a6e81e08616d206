"""One module a group of commands; each command is a function from a Command to an exit code."""
