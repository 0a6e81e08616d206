"""The formats that can be imported, one family a module: text in, neutral entries out."""
