"""The commands: arguments in, plain text or JSON out, exit codes that scripts can trust."""
