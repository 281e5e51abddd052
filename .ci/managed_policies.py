#!/usr/bin/env python3
"""Writes the list of AWS managed policies that `validate` and the embedded endpoint know: path and name of each, nothing else.

The source is what IAM's ListPolicies showed to the makers of moto, who publish it with each release (Apache-2.0). Names and paths
are facts; no document is taken over. Each of the two packages carries the list, so that each is complete by itself.
Usage: pip install 'moto[iam]==5.2.5'; managed_policies.py
"""

import importlib.metadata
import json
import pathlib

from moto.iam.aws_managed_policies import aws_managed_policies_data

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = ["crates/engine/src/render/managed_policies.txt", "crates/local/src/service/iam/managed_policies.txt"]

policies = json.loads(aws_managed_policies_data)
date = max(policy["UpdateDate"] for policy in policies.values())[:10]
names = sorted(policy["Path"].lstrip("/") + name for name, policy in policies.items())
head = [
    f"# AWS managed policies as of {date}: path and name.",
    f"# From moto {importlib.metadata.version('moto')} (Apache-2.0), by .ci/managed_policies.py.",
]
for file in FILES:
    (ROOT / file).write_text("\n".join(head + names) + "\n")
print(f"{len(names)} policies as of {date}")
