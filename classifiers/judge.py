"""DOCUMENT -> JUDGEMENT: label, calibrated probability, decision, and the quotes they rest on. No network, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from classifiers import calibration, claims, explain, identifiers, language, prefilter, providers, reasons, routing
from classifiers.claims import Examined
from classifiers.config import JudgeSettings
from classifiers.directory import Directory
from classifiers.document import Document
from classifiers.explain import Explanation
from classifiers.judgement import Claim, Decision, Judgement, Reason
from classifiers.labels import OFFENCES, Label
from classifiers.model.pipeline import PIPELINE_DIR, Pipeline, TextScores
from classifiers.prefilter import Prefilter
from classifiers.routing import Signals
from classifiers.topic import names_messenger, names_whatsapp

OFFENCE_AT = 0.5
FAMILY = "offsignal-v1"
TELLING = 0.3
"""A sentence that adds less to the log-odds is not worth quoting: 99 in 100 offences have one that adds more."""


class Judge:
    """The loaded model with its settings. ``model_id`` names weights and calibration, and goes into every judgement."""

    def __init__(
        self,
        settings: JudgeSettings | None = None,
        model_dir: Path | None = None,
        directory: Directory | None = None,
    ) -> None:
        """Loads the pipeline in ``model_dir``, the shipped one by default. Raises ModelMissing when that fails.

        ``directory`` is the snapshot of authorised providers; without one pages say that it was not checked.
        """
        model_dir = PIPELINE_DIR if model_dir is None else model_dir
        self.settings = JudgeSettings() if settings is None else settings
        self.directory = directory
        self._pipeline = Pipeline(model_dir)
        fitted, share = calibration.load(model_dir), self.settings.prevalence
        self._calibration = fitted if share is None else fitted.at(share)
        self._prefilter = Prefilter()
        self.model_id = f"{FAMILY}+{self._pipeline.weights_id}/cal-{self._calibration.id}"

    def judge(self, document: Document) -> Judgement:
        """The judgement of one document."""
        return next(self.judge_many([document]))

    def judge_many(self, documents: Iterable[Document]) -> Iterator[Judgement]:
        """Judgements in the order of the documents, one at a time in memory. What is ruled out meets no model."""
        for document in documents:
            if self._prefilter.rules_out(document):
                yield self._ruled_out(document)
            else:
                score = next(self._pipeline.scores([(document.extracted.title, document.extracted.text)]))
                yield self._judgement(document, score)

    def _ruled_out(self, document: Document) -> Judgement:
        """The answer for a page on which nobody speaks of messaging. It may still say who is behind a site."""
        extracted = document.extracted
        lang = document.lang or language.detect(extracted.text or extracted.title, extracted.lang_hint)
        return Judgement(
            label=Label.UNRELATED,
            offence=False,
            probability=prefilter.PROBABILITY,
            decision=Decision.DISCARD,
            lang=lang,
            claims=(),
            identifiers=identifiers.find(extracted, lang, document.url),
            reasons=(routing.no_messenger(),),
            model=self.model_id,
            text_sha256=hashlib.sha256(extracted.text.encode("utf-8", "surrogatepass")).hexdigest(),
            source_identifiers=identifiers.in_source(extracted.html),
        )

    def explain(self, document: Document) -> Explanation:
        """The judgement of one document, taken apart. What is ruled out has one term: nobody speaks of messaging."""
        extracted, bands = document.extracted, explain.bands(self.settings)
        if self._prefilter.rules_out(document):
            judgement = self._ruled_out(document)
            only = explain.unasked(judgement.probability)
            return Explanation(document, judgement, (only,), only.weight, bands)
        score = next(self._pipeline.scores([(extracted.title, extracted.text)]))
        judgement = self._judgement(document, score)
        examined = claims.examine(extracted, judgement.lang)
        alleged = [claim.type for claim in examined.claims()]
        parts = explain.terms(self._calibration, score.odds, alleged, examined.facts)
        return Explanation(document, judgement, parts, sum(part.weight for part in parts), bands)

    def _judgement(self, document: Document, score: TextScores) -> Judgement:
        extracted = document.extracted
        lang = document.lang or language.detect(extracted.text or extracted.title, extracted.lang_hint)
        examined = claims.examine(extracted, lang)
        alleged = [claim.type for claim in examined.claims()]
        alone = self._calibration.of_text(score.odds)
        found = examined.claims(alone)
        probability = self._calibration.probability(score.odds, alleged, examined.facts)
        offence = probability >= OFFENCE_AT
        label = max((one for one in Label if (one in OFFENCES) == offence), key=lambda one: score.labels[one])
        signals = Signals(
            probability=probability,
            text_probability=alone,
            alleged=frozenset(alleged),
            label=label,
            lang=lang,
            trained_language=lang in self._calibration.languages,
            names_whatsapp=names_whatsapp(document),
            names_messenger=names_messenger(document),
        )
        decision, moved = routing.decide(document, found, signals, self.settings)
        known = identifiers.find(extracted, lang, document.url)
        looked_up = providers.check(document, found, known, self.directory)
        if decision is not Decision.DISCARD:
            moved += providers.provider_reasons(looked_up)
        decision = providers.hold(decision, looked_up)
        return Judgement(
            label=label,
            offence=offence,
            probability=round(probability, 6),
            decision=decision,
            lang=lang,
            claims=found,
            identifiers=known,
            reasons=(*moved, *self._reasons(document, examined, found, label, score.odds, decision)),
            model=self.model_id,
            text_sha256=hashlib.sha256(extracted.text.encode("utf-8", "surrogatepass")).hexdigest(),
            source_identifiers=identifiers.in_source(extracted.html),
        )

    def _reasons(
        self,
        document: Document,
        examined: Examined,
        found: tuple[Claim, ...],
        label: Label,
        odds: float,
        decision: Decision,
    ) -> Iterator[Reason]:
        yield from reasons.of_claims(found, self._calibration)
        yield from reasons.of_stance(examined, self._calibration)
        yield reasons.of_text(label, odds, self._calibration)
        if decision is Decision.DISCARD:
            return
        passage = self._pipeline.strongest(document.extracted.title, document.extracted.text)
        if passage is not None and passage.share >= TELLING:
            yield reasons.of_passage(passage, document.extracted.text)
