"""The verdict of a step, for a program as for a person: a part is not told as the whole."""

from __future__ import annotations

from evidence.verifier.words import Step


def test_a_step_with_something_open_is_proved_in_part() -> None:
    step = Step(1, "claims", "claims")
    assert (step.to_dict()["verdict"], step.told()) == ("not checked", "nothing here")
    step.proved.append("one holds")
    assert (step.to_dict()["verdict"], step.told()) == ("proved", "proved")
    step.unchecked.append("one was not looked at")
    assert (step.to_dict()["verdict"], step.told()) == ("proved in part", "proved in part")
    step.failed.append("one does not hold")
    assert (step.to_dict()["verdict"], step.told()) == ("failed", "failed")
