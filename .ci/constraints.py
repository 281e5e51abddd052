#!/usr/bin/env python3
"""Holds the `CONSTRAINTS` of src/kind/*.rs, the values that AWS takes in a pack, against the SDK's models.

botocore ships the models of all services. What a model says as a constraint is taken from there; what it says only in
words (`Possible values are: …`) is read out of its words; what it does not say at all stands below with the page that
does. Usage: constraints.py [--write]. Exit code 1 when the table differs; --write brings it up to date.
"""

import json
import pathlib
import re
import sys
import textwrap

import botocore.session

KINDS = pathlib.Path(__file__).resolve().parent.parent / "src/kind"
ROWS = re.compile(r'(?<=const CONSTRAINTS: &str = r#").*?(?="#;)', re.S)
SESSION = botocore.session.get_session()
NAME = "[A-Za-z0-9_-]+"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
LIMITS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
STATES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"
FUNCTION = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"


def shape_of(service, operation, path):
    """The shape of an operation's member, and the words about it."""
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    words = ""
    for step in path:
        if shape.type_name == "structure":
            words = shape.members[step].documentation
            shape = shape.members[step]
        elif shape.type_name == "map":
            shape = shape.key if step == "key" else shape.value
        else:
            shape = shape.member
    return shape, words


def numbers(words, pattern):
    found = re.search(pattern, re.sub(r"<[^>]+>", "", words))
    if not found:
        raise SystemExit(f"the model no longer says {pattern!r}")
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d|\d", found.group(0))]


def row(service, operation, *path, page=None, **further):
    """A row: what the model has as constraints, then `further` over it."""
    shape, _ = shape_of(service, operation, path)
    limits = shape.metadata
    model = SESSION.get_service_model(service)
    made = {"operation": f"{model.signing_name}:{operation}", "member": ".".join(path)}
    if shape.type_name in ("integer", "long"):
        made.update({k: v for k, v in (("minimum", limits.get("min")), ("maximum", limits.get("max"))) if v is not None})
    else:
        made.update({k: v for k, v in (("shortest", limits.get("min")), ("longest", limits.get("max"))) if v})
        if limits.get("enum"):
            made["values"] = limits["enum"]
        if limits.get("pattern"):
            # Java's \\w is ASCII.
            made["pattern"] = limits["pattern"].replace("\\w", "A-Za-z0-9_")
    made.update(further)
    if page:
        made["page"] = page
    return made


def attribute(name, values=None):
    """A queue attribute, whose values the model tells in words."""
    _, words = shape_of("sqs", "CreateQueue", ["Attributes"])
    made = {"operation": "sqs:CreateQueue", "member": f"Attributes.{name}"}
    # What is said of it, up to the next attribute.
    own = re.search(rf"<li> <p> <code>{name}</code> – (.*?)(?=</li> <li> <p> <code>[A-Z]|</ul>)", words, re.S)
    own = re.sub(r"<[^>]+>", "", own.group(1)) if own else ""
    if values:
        if any(value not in own for value in values):
            raise SystemExit(f"the model no longer names {values} for {name}: {own}")
        return made | {"values": values}
    found = re.search(r"integer from ([\d,]+).*? to ([\d,]+)", own) or re.search(
        r"between ([\d,]+) seconds .*? and ([\d,]+) seconds", own
    )
    least, most = (int(number.replace(",", "")) for number in found.groups())
    return made | {"minimum": least, "maximum": most}


def table():
    queue_attributes = shape_of("sqs", "CreateQueue", ["Attributes", "key"])[0].enum
    counted = {"All", "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"}
    settable = [name for name in queue_attributes if name not in counted and not name.startswith("Approximate")]
    flags = ["true", "false"]
    return {
        "roles.name": row("iam", "CreateRole", "RoleName"),
        "roles.description": row("iam", "CreateRole", "Description"),
        "roles.policies.name": row("iam", "PutRolePolicy", "PolicyName"),
        "roles.managed": row("iam", "AttachRolePolicy", "PolicyArn"),
        "roles.tags": {
            "operation": "iam:CreateRole",
            "member": "Tags",
            "maximum": shape_of("iam", "CreateRole", ["Tags"])[0].metadata["max"],
            "page": "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html",
        },
        "roles.tags.key": row("iam", "CreateRole", "Tags", "*", "Key"),
        "roles.tags.value": row("iam", "CreateRole", "Tags", "*", "Value"),
        "log_groups.name": row("logs", "CreateLogGroup", "logGroupName"),
        "log_groups.retention_days": row(
            "logs",
            "PutRetentionPolicy",
            "retentionInDays",
            values=[
                str(days)
                for days in numbers(
                    shape_of("logs", "PutRetentionPolicy", ["retentionInDays"])[1], r"Possible values are: [\d, and]+"
                )
            ],
        ),
        # The model's 140 characters are those of an ARN.
        "functions.name": row("lambda", "CreateFunction", "FunctionName", longest=64, pattern=NAME, page=FUNCTION),
        "functions.handler": row("lambda", "CreateFunction", "Handler", shortest=1),
        "functions.description": row("lambda", "CreateFunction", "Description"),
        "functions.runtime": row("lambda", "CreateFunction", "Runtime"),
        # 5,400 seconds and 32 GiB are for Lambda Managed Instances.
        "functions.timeout_seconds": row(
            "lambda",
            "CreateFunction",
            "Timeout",
            maximum=numbers(shape_of("lambda", "CreateFunction", ["Timeout"])[1], r"maximum allowed value is \d+ seconds")[0],
        ),
        "functions.memory_mib": row("lambda", "CreateFunction", "MemorySize", maximum=10240, page=LIMITS),
        "functions.environment": {
            "operation": "lambda:CreateFunction",
            "member": "Environment.Variables",
            "longest": 4096,
            "page": LIMITS,
        },
        "functions.environment.key": row(
            "lambda",
            "CreateFunction",
            "Environment",
            "Variables",
            "key",
            page=VARIABLES,
            reserved=[
                "AWS_ACCESS_KEY",
                "AWS_ACCESS_KEY_ID",
                "AWS_DEFAULT_REGION",
                "AWS_EXECUTION_ENV",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                "AWS_LAMBDA_FUNCTION_NAME",
                "AWS_LAMBDA_FUNCTION_VERSION",
                "AWS_LAMBDA_INITIALIZATION_TYPE",
                "AWS_LAMBDA_LOG_GROUP_NAME",
                "AWS_LAMBDA_LOG_STREAM_NAME",
                "AWS_LAMBDA_RUNTIME_API",
                "AWS_REGION",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "LAMBDA_RUNTIME_DIR",
                "LAMBDA_TASK_ROOT",
                "_HANDLER",
                "_X_AMZN_TRACE_ID",
            ],
        ),
        # `.fifo` is said in words.
        "queues.name": row("sqs", "CreateQueue", "QueueName", shortest=1, longest=80, pattern=r"[A-Za-z0-9_-]+(\.fifo)?"),
        "queues.attributes": {"operation": "sqs:CreateQueue", "member": "Attributes", "values": settable},
        "queues.attributes.ContentBasedDeduplication": attribute("ContentBasedDeduplication", flags),
        "queues.attributes.DeduplicationScope": attribute("DeduplicationScope", ["messageGroup", "queue"]),
        "queues.attributes.DelaySeconds": attribute("DelaySeconds"),
        "queues.attributes.FifoQueue": attribute("FifoQueue", flags),
        "queues.attributes.FifoThroughputLimit": attribute("FifoThroughputLimit", ["perQueue", "perMessageGroupId"]),
        "queues.attributes.KmsDataKeyReusePeriodSeconds": attribute("KmsDataKeyReusePeriodSeconds"),
        "queues.attributes.MaximumMessageSize": attribute("MaximumMessageSize"),
        "queues.attributes.MessageRetentionPeriod": attribute("MessageRetentionPeriod"),
        "queues.attributes.ReceiveMessageWaitTimeSeconds": attribute("ReceiveMessageWaitTimeSeconds"),
        "queues.attributes.SqsManagedSseEnabled": {
            "operation": "sqs:CreateQueue",
            "member": "Attributes.SqsManagedSseEnabled",
            "values": flags,
        },
        "queues.attributes.VisibilityTimeout": attribute("VisibilityTimeout"),
        # Only names of these characters can be logged; the rest of the rule is said in words.
        "machines.name": row("stepfunctions", "CreateStateMachine", "name", pattern=NAME, page=STATES),
        "machines.logging.level": row("stepfunctions", "CreateStateMachine", "loggingConfiguration", "level"),
        "dashboards.name": row("cloudwatch", "PutDashboard", "DashboardName", shortest=1, longest=255, pattern=NAME),
    }


def written(rows):
    """The rows of a kind as they stand in its file: one after another, none wider than a line of code."""
    lines = (f"{json.dumps(field)}: {json.dumps(row, ensure_ascii=False)}" for field, row in rows.items())
    shape = {"width": 116, "break_long_words": False, "break_on_hyphens": False}
    wrapped = ("\n".join(textwrap.wrap(line, initial_indent="  ", subsequent_indent="    ", **shape)) for line in lines)
    return "{\n" + ",\n".join(wrapped) + "\n}"


def main():
    rows, seen, stale = table(), set(), []
    for path in sorted(KINDS.glob("*.rs")):
        text = path.read_text()
        found = ROWS.search(text)
        if not found:
            continue
        kind = next(iter(json.loads(found.group(0)))).split(".")[0]
        own = {field: row for field, row in rows.items() if field.split(".")[0] == kind}
        seen |= own.keys()
        if found.group(0) == written(own):
            continue
        stale.append(path.name)
        if "--write" in sys.argv[1:]:
            path.write_text(ROWS.sub(lambda _: written(own), text))
    if rows.keys() - seen:
        raise SystemExit(f"no kind has {sorted(rows.keys() - seen)}")
    if stale and "--write" not in sys.argv[1:]:
        raise SystemExit(f"{stale} are not what botocore {botocore.__version__} says: run it with --write and look")
    print(f"{len(rows)} rows as botocore {botocore.__version__} has them")


main()
