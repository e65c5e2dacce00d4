"""What the software does by itself: answers, and the filling and flooding of groups."""

from __future__ import annotations

from classifiers.claims.rule import phrases
from classifiers.labels import ClaimType

RULES = (
    phrases("auto_reply.reply", ClaimType.AUTO_REPLY, "Incoming messages are answered automatically."),
    phrases(
        "group_automation.members",
        ClaimType.GROUP_AUTOMATION,
        "Groups are created or filled with members in bulk.",
    ),
    phrases(
        "group_automation.posting",
        ClaimType.GROUP_AUTOMATION,
        "Groups are joined by link or posted to in bulk.",
    ),
)
