#!/usr/bin/env python3
"""The exported Terraform module against the provider's schema, as HashiCorp's types for TypeScript publish it (made from that schema).

Every argument and block of `main.tf.json` must be one that the provider knows, with everything that it requires; every import block must name a resource of the
module. Usage: terraform.py LABCTL FOLDER, where FOLDER keeps the npm package between runs
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

PACKAGE, VERSION = "@cdktf/provider-aws", "21.22.1"
ROOT = pathlib.Path(__file__).resolve().parent.parent
# What any resource may have, whatever its type.
META = {"provider", "depends_on"}


def check(condition, text):
    if not condition:
        sys.exit(f"failed: {text}")


def types(folder, wanted):
    """The declarations of the wanted modules of the package, by their names."""
    archive = folder / f"cdktf-provider-aws-{VERSION}.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    found = {}
    with tarfile.open(archive) as files:
        for member in files:
            match = re.fullmatch(r"package/lib/([a-z0-9-]+)/index\.d\.ts", member.name)
            if match and match[1] in wanted:
                found[match[1]] = files.extractfile(member).read().decode()
    return found


def members(text, interface):
    """Members of an interface by the name that Terraform has: (required, the interface of a block or None)."""
    start = re.search(rf"export interface {interface}\b[^{{]*{{", text)
    if not start:
        return None
    body = text[start.end() : text.index("\n}", start.end())]
    found = {}
    for name, optional, type_name in re.findall(r"readonly (\w+)(\??): ([^;\n]+)", body):
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        block = re.match(r"(\w+)(\[\])?( \| cdktf\.IResolvable)?$", type_name.strip())
        block = block[1] if block and block[1][0].isupper() else None
        found[snake] = (not optional, block)
    return found


def hold(where, value, text, interface, also=frozenset()):
    known = members(text, interface)
    check(known is not None, f"{where}: no interface {interface}")
    for name, argument in value.items():
        if name in also:
            continue
        check(name in known, f"{where} has `{name}`, which the provider does not know")
        block = known[name][1]
        if block and members(text, block) is not None:
            for part in argument if isinstance(argument, list) else [argument]:
                hold(f"{where}.{name}", part, text, block)
    missing = [name for name, (required, _) in known.items() if required and name not in value]
    check(not missing, f"{where} lacks {missing}")


def camel(words):
    return "".join(word[:1].upper() + word[1:] for word in words)


MANIFEST = """[lab]
pack = "step-functions"
name = "lab6"

[target]
kind = "local"

[settings]
sqs_exercise = true

[iam]
mode = "as-written"

[[users]]
name = "ann"

[[users]]
name = "bob"
[users.target]
region = "eu-central-1"
"""


def export(labctl, folder):
    (folder / "lab-manifest.toml").write_text(MANIFEST)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    for words in (["deploy", "--all", "--through", "task-3"], ["export", "--format", "terraform", "--all"]):
        ran = subprocess.run([labctl, *words], cwd=folder, env=environment, capture_output=True, text=True)
        check(ran.returncode == 0, f"{' '.join(words)}: {ran.stderr}")
    out = folder / "out" / "export" / "terraform"
    return json.loads((out / "main.tf.json").read_text()), json.loads((out / "imports.tf.json").read_text())


def main(labctl, kept):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labctl-terraform-"))
    kept = pathlib.Path(kept)
    kept.mkdir(parents=True, exist_ok=True)
    try:
        module, imports = export(str(pathlib.Path(labctl).resolve()), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wanted = {name.removeprefix("aws_").replace("_", "-") for name in module["resource"]} | {"provider"}
    declared = types(kept, wanted)
    count = 0
    for type_name, resources in module["resource"].items():
        words = type_name.removeprefix("aws_").split("_")
        text = declared.get("-".join(words))
        check(text, f"the provider has no `{type_name}`")
        for name, arguments in resources.items():
            hold(f"{type_name}.{name}", arguments, text, camel(words) + "Config", META)
            count += 1
    for provider in module["provider"]["aws"]:
        hold("provider", provider, declared["provider"], "AwsProviderConfig")
    check(len(module["provider"]["aws"]) == 2, "two regions are two providers")
    for block in imports["import"]:
        type_name, name = block["to"].split(".", 1)
        check(name in module["resource"].get(type_name, {}), f"import of {block['to']}, which is no resource")
    print(f"terraform: {count} resources of {len(module['resource'])} types as the provider's schema has them, {len(imports['import'])} imports")


if __name__ == "__main__":
    main(*sys.argv[1:])
