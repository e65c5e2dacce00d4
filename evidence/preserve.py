"""SIGHTING -> EXHIBIT, the whole way: plan, capture, seal, stamp. Each step can be killed and run again.

What was begun and not ended is found again by :meth:`Preserver.planned`; what was refused or failed keeps its reason.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crawler import clock
from crawler.casebook import writing
from crawler.errors import StoreError
from crawler.sighting import Sighting
from evidence import store
from evidence.capture import Capturer, exhibit_id_of
from evidence.capture_record import BODY
from evidence.capture_state import CaptureState
from evidence.claims_file import TEXT
from evidence.earlier import latest
from evidence.errors import CaptureFailed, CaptureRefused
from evidence.exhibit import Custody, Exhibit, Exhibits, seal
from evidence.stamping import stamp
from evidence.store import CaptureEvent
from evidence.timestamp import Stamper
from evidence.warc_time import stamp_warc


@dataclass(frozen=True, slots=True)
class Outcome:
    """What preserving a sighting gave: an exhibit, or the state and the reason why there is none."""

    exhibit_id: str
    state: CaptureState
    reason: str
    exhibit: Exhibit | None = None


@dataclass(frozen=True, slots=True)
class Preserver:
    """Preserves sightings. Several may work on one casebook at once: the first to seal a sighting wins."""

    capturer: Capturer
    exhibits: Exhibits
    stamper: Stamper
    custody: Custody

    def plan(self, sighting: Sighting) -> str:
        """Notes that the sighting is to be captured, unless it stands so or is sealed; returns the exhibit ID."""
        exhibit_id = exhibit_id_of(sighting.sighting_id)
        with writing(self.exhibits.db):
            past = store.events(self.exhibits.db, exhibit_id)
            is_sealed = self.exhibits.of_sighting(sighting.sighting_id) is not None
            if not is_sealed and not (past and past[-1].state is CaptureState.PLANNED):
                self._note(sighting, CaptureState.PLANNED, "")
        return exhibit_id

    def planned(self) -> tuple[CaptureEvent, ...]:
        """What is to be captured, or was begun and not ended; oldest first."""
        return store.standing(self.exhibits.db, CaptureState.PLANNED)

    def preserve(self, sighting: Sighting) -> Outcome:
        """Captures, seals and stamps a sighting; one that is sealed is only stamped where it still wants it.

        A refusal or failure is an outcome, not an error. Raises StoreError when the disk or the casebook fails.
        """
        exhibit = self.exhibits.of_sighting(sighting.sighting_id)
        if exhibit is None:
            self.plan(sighting)
            try:
                exhibit = self._capture(sighting)
            except CaptureFailed as error:
                state = CaptureState.REFUSED if isinstance(error, CaptureRefused) else CaptureState.FAILED
                with writing(self.exhibits.db):
                    self._note(sighting, state, str(error))
                return Outcome(exhibit_id_of(sighting.sighting_id), state, str(error))
        if not exhibit.sealed:
            stamp(exhibit, self.exhibits, self.stamper, self.custody)
            exhibit = self.exhibits.get(exhibit.exhibit_id)
        gaps = "; ".join(f"{one['what']}: {one['reason']}" for one in exhibit.missing)
        return Outcome(exhibit.exhibit_id, exhibit.state, gaps, exhibit)

    def _capture(self, sighting: Sighting) -> Exhibit:
        try:
            with tempfile.TemporaryDirectory(prefix="capture-") as place:
                earlier = latest(store.exhibits(self.exhibits.db), self.exhibits.read, sighting.url, (BODY, TEXT))
                draft = stamp_warc(self.capturer.capture(sighting, Path(place), earlier), self.stamper)
                return seal(draft, self.exhibits, self.custody, wanted=self.stamper.settings.wanted)
        except OSError as error:
            raise StoreError(f"the capture of {sighting.url} cannot be written: {error}; is the disk full?") from error

    def _note(self, sighting: Sighting, state: CaptureState, reason: str) -> None:
        event = CaptureEvent(
            exhibit_id_of(sighting.sighting_id), sighting.sighting_id, sighting.url, state, reason, clock.now()
        )
        store.add_event(self.exhibits.db, event)
