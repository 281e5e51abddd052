#!/usr/bin/env python3
"""Writes crates/engine/src/kind/any_resource/types.txt anew: what the schemas of the CloudFormation registry say of each type that the Cloud Control
API can make, read and delete.

Usage: resource_types.py > crates/engine/src/kind/any_resource/types.txt
       (with cfn-lint installed, which brings the schemas along)

A line is a type and what is known of it:

  id=A,B        the properties of the primary identifier; `!A` where the service chooses the value
  tags=P[K,V]   the property that holds tags as a list of structures with these two members; tags=P where it is a map
  fixed=A,B/C   what cannot be changed in place; `*` where nothing can
  hidden=A,B/*/C  what no answer shows
"""

import datetime
import importlib.metadata
import json
import pathlib

import cfnlint

SCHEMAS = pathlib.Path(cfnlint.__file__).parent / "data/schemas"


def path(pointer):
    """`/properties/A/*/B` as `A/*/B`: what stands below a list's items is written with or without the star."""
    return pointer.removeprefix("/properties/")


def resolved(schema, node):
    while "$ref" in node:
        found = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def tags(schema):
    """The property of the tags in the form of a row; nothing where there are none that can be changed."""
    tagging = schema.get("tagging", {})
    if not tagging.get("taggable") or not tagging.get("tagUpdatable", True) or not tagging.get("tagOnCreate", True):
        return None
    name = path(tagging.get("tagProperty", "/properties/Tags"))
    if name not in schema["properties"] or name in read_only(schema) | set(fixed(schema)):
        return None
    node = resolved(schema, schema["properties"][name])
    if "patternProperties" in node or node.get("type") == "object":
        return name
    members = list(resolved(schema, node.get("items", {})).get("properties", {}))
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if {key, value} <= set(members):
            return f"{name}[{key},{value}]"
    return None


def read_only(schema):
    return {path(pointer) for pointer in schema.get("readOnlyProperties", [])}


def fixed(schema):
    """What cannot be changed."""
    pointers = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    return [path(pointer) for pointer in pointers]


def row(name, schema):
    words = [name]
    chosen = read_only(schema)
    words.append("id=" + ",".join(("!" if part in chosen else "") + part for part in map(path, schema["primaryIdentifier"])))
    if tagged := tags(schema):
        words.append(f"tags={tagged}")
    if unchanging := fixed(schema) if "update" in schema["handlers"] else ["*"]:
        words.append("fixed=" + ",".join(unchanging))
    if hidden := [path(pointer) for pointer in schema.get("writeOnlyProperties", [])]:
        words.append("hidden=" + ",".join(hidden))
    return " ".join(words)


def main():
    print(f"# Written by .ci/resource_types.py from the schemas of cfn-lint {importlib.metadata.version('cfn-lint')}, {datetime.date.today()}.")
    for name, digest in sorted(json.loads((SCHEMAS / "providers/us-east-1.json").read_text()).items()):
        schema = json.loads((SCHEMAS / f"resources/{digest}.json").read_text())
        if {"create", "read", "delete"} <= set(schema.get("handlers", {})):
            print(row(name, schema))


if __name__ == "__main__":
    main()
