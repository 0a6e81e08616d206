"""The formats rules are written in, one family a module: configurations in, text out."""
