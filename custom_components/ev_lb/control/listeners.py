"""Listeners: callbacks that a running site calls one after the other."""

from collections.abc import Iterator

from homeassistant.core import CALLBACK_TYPE


class Listeners:
    """Callbacks in the order in which they were added: some read what others note."""

    def __init__(self) -> None:
        """Start without any."""
        self._listeners: dict[CALLBACK_TYPE, None] = {}

    def add(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Add a listener; return how to remove it."""
        self._listeners[listener] = None
        return lambda: self._listeners.pop(listener, None)

    def call(self) -> Iterator[None]:
        """Call each that is still there, with a pause after each."""
        for listener in tuple(self._listeners):
            if listener in self._listeners:
                listener()
                yield
