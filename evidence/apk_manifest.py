"""What an app says of itself: the bytes of AndroidManifest.xml in, a mapping of facts out.

Names of fields are ours; what cannot be had is ``{"value": null, "reason": "…"}``. Nothing is looked up in the
package's resources: a label or version that stands there is said to stand there.
"""

from __future__ import annotations

import re
from typing import Any

from evidence.apk_axml import BadXmlError, Reference, Tag, Value, tags

#: Resource numbers of attributes (AOSP, ``public-final.xml``); they never change.
LABEL, NAME, DEBUGGABLE = 0x01010001, 0x01010003, 0x0101000F
MIN_SDK, VERSION_CODE, VERSION_NAME, TARGET_SDK = 0x0101020C, 0x0101021B, 0x0101021C, 0x01010270
VERSION_CODE_MAJOR = 0x01010576

PERMISSION_TAGS = frozenset({"uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"})
MAX_PERMISSIONS = 500
PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")


def manifest_facts(data: bytes) -> dict[str, Any]:
    """Package, version, SDK levels, permissions, label. Raises BadXmlError when there is not even a root tag.

    A document that breaks off gives what stands before that, and says so under ``problem``.
    """
    seen: list[Tag] = []
    problem = ""
    try:
        for tag in tags(data):
            if _wanted(tag):
                seen.append(tag)  # noqa: PERF401  # what came before the document breaks off is kept
    except BadXmlError as error:
        problem = str(error)
    root = seen[0] if seen and seen[0].depth == 1 else None
    if root is None:
        raise BadXmlError(problem or "it has no root tag")
    sdk = next((tag for tag in seen if tag.depth == 2 and tag.name == "uses-sdk"), None)
    app = next((tag for tag in seen if tag.depth == 2 and tag.name == "application"), None)
    package = root.attributes.get("package")
    facts = {
        "package": _told(package),
        "version_name": _told(root.attributes.get(VERSION_NAME)),
        "version_code": _told(root.attributes.get(VERSION_CODE)),
        "version_code_major": _told(root.attributes.get(VERSION_CODE_MAJOR)),
        "min_sdk": _told(sdk.attributes.get(MIN_SDK) if sdk else None),
        "target_sdk": _told(sdk.attributes.get(TARGET_SDK) if sdk else None),
        "label": _told(app.attributes.get(LABEL) if app else None),
        "debuggable": app is not None and app.attributes.get(DEBUGGABLE) is True,
        "permissions": _permissions(seen),
        "problem": problem,
    }
    if isinstance(package, str) and not PACKAGE.fullmatch(package):
        facts["problem"] = "; ".join(filter(None, (problem, "the package's name is not one that Android allows")))
    return facts


def _wanted(tag: Tag) -> bool:
    return tag.depth == 1 or (tag.depth == 2 and tag.name in {"uses-sdk", "application", *PERMISSION_TAGS})


def _permissions(seen: list[Tag]) -> list[str]:
    names = {tag.attributes.get(NAME) for tag in seen if tag.name in PERMISSION_TAGS}
    return sorted(name for name in names if isinstance(name, str))[:MAX_PERMISSIONS]


def _told(value: Value) -> Any:
    if isinstance(value, Reference):
        return {"value": None, "reason": f"it stands in the package's resources under 0x{value.number:08x}; not read"}
    return value if value is not None else {"value": None, "reason": "the manifest states none"}
