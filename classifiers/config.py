"""The classifiers' part of ``offsignal.toml``."""

from __future__ import annotations

from pydantic import Field, model_validator

from crawler.config import Section


class JudgeSettings(Section):
    """Where the bands lie, as calibrated probabilities of an offence. Below ``review_at`` a sighting is discarded.

    ``prevalence``: the share of offences among the pages of your crawl, if you have counted it; without it, the
    probability is that of the documents the calibration was fitted on. ``elusion_sample``: so many discarded
    addresses a week, drawn at random, are put before a person.
    """

    review_at: float = Field(default=0.25, ge=0, le=1)
    capture_at: float = Field(default=0.80, ge=0, le=1)
    notice_at: float = Field(default=0.90, ge=0, le=1)
    prevalence: float | None = Field(default=None, gt=0, lt=1)
    elusion_sample: int = Field(default=20, ge=0, le=1000)

    @model_validator(mode="after")
    def _ordered(self) -> JudgeSettings:
        if self.review_at > self.capture_at:
            raise ValueError("review_at must not be above capture_at")
        return self
