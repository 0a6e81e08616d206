"""Every verb once: the console, the commands and the help are made from these."""
