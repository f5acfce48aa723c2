"""Bytes to frozen dataclasses and back: no sockets, no clock, no logging, no randomness."""
