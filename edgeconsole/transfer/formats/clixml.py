"""Clixml, the file of Export-Clixml: PowerShell objects as XML, with references and _xHHHH_ escapes."""

import re
from typing import Any

from edgeconsole.transfer.formats import cmdlet_objects, xml_tree
from edgeconsole.transfer.formats.cmdlet_objects import PrintedObject
from edgeconsole.transfer.formats.xml_tree import Node
from edgeconsole.transfer.parsed import MAX_ROWS, Format, Parsed, damaged, too_many_rows

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBERS = frozenset({"I16", "U16", "I32", "U32", "I64", "U64", "By", "SB"})
_TEXTS = frozenset({"S", "DT", "URI", "G", "Version", "XD", "TS", "C", "Db", "Sg", "D"})
_LISTS = frozenset({"LST", "IE", "QUE", "STK"})


def read(text: str) -> Parsed:
    """Return the entries of all objects. Raises BadInput."""
    reading = _Reading()
    root = xml_tree.read(text, Format.CLIXML, reading.take)
    if root != "Objs":
        raise damaged(Format.CLIXML, f"its root element is {root!r}, not Objs")
    return cmdlet_objects.parsed(Format.CLIXML, reading.objects)


class _Reading:
    """Turns complete top-level elements into objects; type names are remembered, since later objects refer to them."""

    def __init__(self) -> None:
        self.objects: list[PrintedObject] = []
        self._types: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def take(self, node: Node) -> None:
        """Take one top-level object; a list of objects is taken one by one."""
        if node.name != "Obj":
            return
        inner = next((child for child in node.children if child.name in _LISTS), None)
        if inner is not None and node.child("Props") is None and node.child("MS") is None:
            for child in inner.children:
                self.take(child)
            return
        if len(self.objects) >= MAX_ROWS:
            raise too_many_rows()
        self.objects.append(PrintedObject(self._type(node), self._properties(node), node.line))

    def _type(self, node: Node) -> str:
        named = node.child("TN")
        if named is not None:
            first = named.child("T")
            name = _unescaped(first.text).strip() if first is not None else ""
            self._types[named.attributes.get("RefId", "")] = name
            return name
        referred = node.child("TNRef")
        return self._types.get(referred.attributes.get("RefId", ""), "") if referred is not None else ""

    def _properties(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for holder in node.children:
            if holder.name in ("Props", "MS"):
                for child in holder.children:
                    name = child.attributes.get("N", "")
                    if name and name not in found:
                        found[_unescaped(name)] = self._value(child)
        return found

    def _value(self, node: Node) -> Any:
        value = self._read(node)
        if "RefId" in node.attributes and node.name == "Obj":
            self._values[node.attributes["RefId"]] = value
        return value

    def _read(self, node: Node) -> Any:
        if node.name == "Nil":
            return None
        if node.name == "B":
            return node.text.strip().lower() == "true"
        if node.name in _NUMBERS:
            return _number(node)
        if node.name in _TEXTS:
            return _unescaped(node.text)
        if node.name == "Ref":
            return self._values.get(node.attributes.get("RefId", ""))
        return self._compound(node)

    def _compound(self, node: Node) -> Any:
        """Return a list, the word of an enumeration, or the properties of an object inside."""
        self._type(node)
        for child in node.children:
            if child.name in _LISTS:
                return [self._value(element) for element in child.children]
        word = node.child("ToString")
        if node.child("Props") is None and node.child("MS") is None:
            return _unescaped(word.text) if word is not None else node.text
        return self._properties(node)


def _number(node: Node) -> int:
    text = node.text.strip()
    if not text.lstrip("-").isdecimal() or len(text) > 20:
        raise damaged(Format.CLIXML, f"{text[:40]!r} is no number", node.line)
    return int(text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
