#!/usr/bin/env python3
"""Writes crates/local/src/api/model.txt anew: the members that the SDK's models give the operations that the endpoint offers.

Usage: api_model.py > crates/local/src/api/model.txt
       (with botocore installed; the newest has what AWS offers today)

The tables beside it say which of them are read; `cargo test -p labctl-local api` compares the two and the code. What a newer model adds is
then refused by its name until somebody reads it.
"""

import datetime
import pathlib
import re

import botocore
import botocore.session

TABLES = pathlib.Path(__file__).resolve().parent.parent / "crates/local/src/api"
MODELS = {
    "cloudcontrolapi": "cloudcontrol",
    "states": "stepfunctions",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}


def members(shape, above=()):
    """Paths of a structure's members: `a`, `a.b`, `a[].b` in lists and `a.*.b` in maps of structures."""
    if shape is None or shape.name in above:
        return
    for name, member in shape.members.items():
        yield name
        path, inner = name, member
        while inner.type_name in ("list", "map"):
            path += "[]" if inner.type_name == "list" else ".*"
            inner = inner.member if inner.type_name == "list" else inner.value
        if inner.type_name == "structure":
            yield from (f"{path}.{below}" for below in members(inner, (*above, shape.name)))


def offered():
    """Service and operation of each row that is offered."""
    for table in sorted(TABLES.glob("*.rs")):
        text = table.read_text()
        service = re.search(r'^    signing: "(\w+)",$', text, re.MULTILINE)
        for operation in re.findall(r'offered\(\s*"(\w+)"', text) if service else []:
            yield service[1], operation


def main():
    session = botocore.session.get_session()
    print(f"# Written by .ci/api_model.py from botocore {botocore.__version__}, {datetime.date.today()}.")
    for service, operation in offered():
        model = session.get_service_model(MODELS.get(service, service)).operation_model(operation)
        print(" ".join([service, operation, *members(model.input_shape)]))


if __name__ == "__main__":
    main()
