"""Whatever the bytes, there is a judgement with its reason, in bounded time and memory: each in a limited process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

CPU_SECONDS, MEMORY_MB = 120, 1_200
PROGRAM = """
import json, random, resource, sys
from classifiers.document import from_html, from_text
from classifiers.judge import Judge
resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
random = random.Random(5)
OFFER = "Bulk WhatsApp sender, no ban, unlimited messages to unsaved numbers, Rs 999, +91 90000 00011. "
document = MAKE
judge = Judge()
before = resource.getrusage(resource.RUSAGE_SELF)
one = judge.judge(document)
after = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss: that of a child begins with what its parent had.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
for quoted in (*one.claims, *one.identifiers, *(reason for reason in one.reasons if reason.quote)):
    assert document.extracted.text[quoted.start : quoted.end] == quoted.quote
json.dump({
    "decision": one.decision, "rules": [reason.rule for reason in one.reasons], "lang": one.lang,
    "probability": one.probability, "sentences": [reason.sentence for reason in one.reasons],
    "seconds": after.ru_utime - before.ru_utime, "megabytes": int(peak.split()[1]) / 1024,
}, sys.stdout)
"""

CASES: dict[str, tuple[str, set[str]]] = {
    "empty": ("from_html('', b'')", {"route.no_messenger"}),
    "empty text": ("from_text('', '')", {"route.no_messenger"}),
    "white space": ("from_text('', ' \\n' * 100_000)", {"route.no_messenger"}),
    "50 MB of markup": ("from_html('', (b'<div class=x><p>' + OFFER.encode() + b'</p></div>') * 430_000)", set()),
    "50 MB of nothing": ("from_html('', b'<br>' * 13_000_000)", {"route.no_messenger"}),
    "binary": ("from_html('', random.randbytes(5_000_000))", set()),
    "an image named a page": ("from_html('', bytes([137]) + b'PNG' + random.randbytes(200_000))", set()),
    "mixed encodings": (
        "from_html('', b'<p>' + OFFER.encode() + 'рассылка без бана'.encode('cp1251') + '群发'.encode('gbk') * 9)",
        set(),
    ),
    "one line without a space": ("from_html('', b'<p>' + b'whatsapp' * 640_000)", set()),
    "one line of one letter": ("from_text('', 'a' * 5_000_000)", {"route.no_messenger"}),
    "one line of digits": ("from_text('', '9' * 1_000_000)", {"route.no_messenger"}),
    "100,000 deep": ("from_html('', b'<div>' * 100_000 + OFFER.encode() + b'</div>' * 100_000)", set()),
    "right to left": (
        "from_text('', chr(0x202e) + OFFER[::-1] + chr(0x202c) + OFFER.replace(' ', chr(0x202b)))",
        set(),
    ),
    "marks without letters": ("from_text('', chr(0x301) * 200_000)", {"route.no_messenger"}),
    "halves of surrogates": ("from_text('', (chr(0xd83d) + 'whatsapp ') * 2_000)", set()),
    "every phrase at once": (
        "from_text('', ' '.join(p.text.replace('/', ' ') for p in __import__("
        "'classifiers.claims.lexicon', fromlist=['x']).phrases()))",
        set(),
    ),
    "numbers and nothing else": ("from_text('', '+91 90000 00011, ' * 60_000)", {"route.no_messenger"}),
    "an untrained language": (
        "from_text('', 'WhatsApp μαζική αποστολή μηνυμάτων σε άγνωστους αριθμούς χωρίς αποκλεισμό. no ban, anti-ban "
        "bulk sender, unlimited messages, Rs 999. Το πρόγραμμα στέλνει χιλιάδες μηνύματα την ημέρα σε όλες τις επαφές "
        "και εγγυάται ότι ο λογαριασμός δεν κλείνει ποτέ. ' * 3, lang='el')",
        {"route.language"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_judgement_with_its_reason(name: str) -> None:
    make, expected = CASES[name]
    program = PROGRAM.replace("SECONDS", str(CPU_SECONDS)).replace("MAKE", make)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    judged: dict[str, Any] = json.loads(done.stdout)
    assert judged["decision"] in ("discard", "review", "capture", "notice-ready")
    assert expected <= set(judged["rules"])
    assert judged["sentences"]
    assert judged["seconds"] < CPU_SECONDS
    assert judged["megabytes"] < MEMORY_MB
