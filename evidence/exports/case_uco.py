"""A bundle as CASE/UCO 1.4 in JSON-LD: what was captured when, by whom, with what, and every touch of it afterwards.

One graph: the investigation, a person per name, the program as a tool, for each exhibit an investigative action with
its files (name, size, SHA-256) as results and a provenance record with the exhibit number, custody entries as actions.
IRIs are made from the exhibits' own IDs, so the same bundle gives the same graph. https://caseontology.org/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from evidence.exports.material import Item, Material

FILE = "case.jsonld"
#: The name space under which IRIs are derived; its value means nothing.
SPACE = UUID("6f0ff5a1-0c6f-5f6b-9d0c-4b6a1f3f6f21")
CONTEXT = {
    "kb": "urn:offsignal:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def write_case_uco(material: Material, target: Path) -> None:
    """Writes ``case.jsonld``."""
    nodes = list(_nodes(material))
    document = {"@context": CONTEXT, "@graph": nodes}
    (target / FILE).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _nodes(material: Material) -> Iterator[Node]:
    tool = _node("tool", material.software, "uco-tool:Tool", **{"uco-core:name": material.software})
    yield tool
    people = {one["actor"]: _person(one["actor"]) for one in material.custody}
    people.setdefault(material.created_by, _person(material.created_by))
    yield from people.values()
    held: list[Node] = []
    for item in material.items:
        collector = item.fact("collection", "operator_name")
        if collector and collector not in people:
            people[collector] = _person(collector)
            yield people[collector]
        nodes = list(_exhibit(item, tool, people.get(collector)))
        held += nodes
        yield from nodes
    for entry in material.custody:
        node = _touch(entry, people[entry["actor"]])
        held.append(node)
        yield node
    yield _node(
        "investigation",
        material.case_id,
        "case-investigation:Investigation",
        **{
            "uco-core:name": f"{material.case_id}: {material.vendor}",
            "uco-core:object": [_ref(one) for one in held],
        },
    )


def _exhibit(item: Item, tool: Node, collector: Node | None) -> Iterator[Node]:
    url = _node("url", item.exhibit_id, "uco-observable:URL")
    url["uco-core:hasFacet"] = [
        _facet(item, "url", "uco-observable:URLFacet", **{"uco-observable:fullValue": item.url})
    ]
    yield url
    files = [_file(item, row) for row in item.files]
    yield from files
    times: Node = {"uco-action:startTime": _time(item.captured_at)}
    if ended := item.fact("collection", "ended_at"):
        times["uco-action:endTime"] = _time(ended)
    performer = {"uco-action:performer": _ref(collector)} if collector else {}
    yield _node(
        "action",
        f"capture {item.exhibit_id}",
        "case-investigation:InvestigativeAction",
        **{
            "uco-core:name": f"captured exhibit {item.number}",
            **times,
            **performer,
            "uco-action:instrument": [_ref(tool)],
            "uco-action:object": [_ref(url)],
            "uco-action:result": [_ref(one) for one in files],
        },
    )
    yield _node(
        "provenance",
        item.exhibit_id,
        "case-investigation:ProvenanceRecord",
        **{
            "uco-core:description": f"{item.exhibit_id}, manifest SHA-256 {item.manifest_sha256}",
            "case-investigation:exhibitNumber": str(item.number),
            "uco-core:object": [_ref(one) for one in files],
        },
    )


def _file(item: Item, row: Mapping[str, Any]) -> Node:
    name = f"{item.exhibit_id}/{row['path']}"
    size = {"@type": "xsd:integer", "@value": str(row["bytes"])}
    digest = _node("hash", f"{name} {row['sha256']}", "uco-types:Hash")
    digest["uco-types:hashMethod"] = "SHA256"
    digest["uco-types:hashValue"] = {"@type": "xsd:hexBinary", "@value": row["sha256"]}
    facts = {"uco-observable:fileName": row["path"], "uco-observable:sizeInBytes": size}
    content = {"uco-observable:sizeInBytes": size, "uco-observable:hash": [digest]}
    node = _node("file", name, "uco-observable:File")
    node["uco-core:hasFacet"] = [
        _facet(item, f"file {row['path']}", "uco-observable:FileFacet", **facts),
        _facet(item, f"content {row['path']}", "uco-observable:ContentDataFacet", **content),
    ]
    return node


def _touch(entry: Mapping[str, Any], actor: Node) -> Node:
    """One entry of the custody log."""
    return _node(
        "action",
        f"custody {entry['seq']} {entry['salt']}",
        "case-investigation:InvestigativeAction",
        **{
            "uco-core:name": entry["action"],
            "uco-core:description": f"custody entry {entry['seq']}: {entry['subject']}, for {entry['purpose']}",
            "uco-action:startTime": _time(entry["at"]),
            "uco-action:performer": _ref(actor),
        },
    )


def _person(name: str) -> Node:
    return _node("identity", name, "uco-identity:Identity", **{"uco-core:name": name})


def _facet(item: Item, what: str, kind: str, **values: Any) -> Node:
    return _node("facet", f"{item.exhibit_id} {what}", kind, **values)


def _node(kind: str, key: str, types: str, **values: Any) -> Node:
    return {"@id": f"kb:{kind}-{uuid5(SPACE, f'{kind} {key}')}", "@type": types, **values}


def _ref(node: Node) -> Node:
    return {"@id": node["@id"]}


def _time(text: str) -> Node:
    return {"@type": "xsd:dateTime", "@value": text}
