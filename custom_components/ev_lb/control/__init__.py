"""The running site: asks the engine and carries out what it decides."""
