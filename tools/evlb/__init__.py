"""The engine on the command line: documents in, decisions out."""
