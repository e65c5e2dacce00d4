"""What a run tells whoever started it: one JSON object a line on a stream, as things are stored."""

from __future__ import annotations

import json
import signal
from typing import Any, TextIO

from crawler.sighting import Sighting


class Events:
    """Writes events. Without a stream it says nothing. When nobody reads any more, the run is told to stop."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def say(self, event: str, **facts: Any) -> None:
        """One event with its facts."""
        if self._stream is None:
            return
        try:
            self._stream.write(json.dumps({"event": event, **facts}) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = None
            signal.raise_signal(signal.SIGTERM)

    def sighting(self, sighting: Sighting) -> None:
        """A sighting that has just been stored."""
        self.say(
            "sighting",
            sighting_id=sighting.sighting_id,
            source=sighting.source,
            url=sighting.url,
            state=sighting.state.value,
            reason=sighting.reason,
        )
