"""All defects of bundles in one place: importing this fills ``FAILS``."""

from __future__ import annotations

from tests.zoo import (
    archive_defects,
    claim_defects,
    custody_defects,
    exhibit_defects,
    layout_defects,
    pin_defects,
    record_defects,
    time_defects,
    wacz_defects,
)
from tests.zoo.forging import FAILS, Defect, rehash, reseal

KINDS = (
    layout_defects,
    pin_defects,
    exhibit_defects,
    time_defects,
    archive_defects,
    wacz_defects,
    record_defects,
    claim_defects,
    custody_defects,
)

__all__ = ["FAILS", "KINDS", "Defect", "rehash", "reseal"]
