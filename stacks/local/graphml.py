"""A neighbourhood as GraphML, which Gephi, yEd, Cytoscape and networkx read.

Source: http://graphml.graphdrawing.org/specification.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree

from bidding.domain.graph import Relation

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_NODE_FIELDS = {"kind": "string", "name": "string"}
_EDGE_FIELDS = {
    "relation": "string",
    "data_class": "string",
    "weight": "long",
    "first_seen_ms": "long",
    "last_seen_ms": "long",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def graphml(relations: Iterable[Relation]) -> bytes:
    """The document. Names are text of it, whatever they hold; what XML cannot hold becomes U+FFFD."""
    relations = list(relations)
    root = ElementTree.Element("graphml", xmlns=_NAMESPACE)
    for domain, fields in (("node", _NODE_FIELDS), ("edge", _EDGE_FIELDS)):
        for name, type_ in fields.items():
            attributes = {"id": f"{domain}_{name}", "for": domain, "attr.name": name, "attr.type": type_}
            ElementTree.SubElement(root, "key", attributes)
    graph = ElementTree.SubElement(root, "graph", edgedefault="directed")
    entities = {each.entity_id: each for relation in relations for each in (relation.source, relation.target)}
    for entity in entities.values():
        node = ElementTree.SubElement(graph, "node", id=entity.entity_id)
        _describe(node, "node", {"kind": entity.kind, "name": entity.name})
    for relation in relations:
        edge = ElementTree.SubElement(graph, "edge", source=relation.source.entity_id, target=relation.target.entity_id)
        fields = {name: getattr(relation, name) for name in _EDGE_FIELDS if name != "relation"}
        _describe(edge, "edge", {"relation": relation.kind, **fields})
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _describe(element: ElementTree.Element, domain: str, values: dict[str, object]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(element, "data", key=f"{domain}_{name}").text = _NOT_XML.sub("\ufffd", str(value))
