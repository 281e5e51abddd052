#!/usr/bin/env python3
"""Holds the `CONSTRAINTS` of crates/engine/src/kind/**/*.rs, the values that AWS takes in a pack, and the rows of crates/local/src/api/*.rs,
what the local endpoint takes of a request, against the SDK's models.

botocore ships the models of all services. What a model says as a constraint is taken from there; what it says only in
words (`Possible values are: …`) is read out of its words; what it does not say at all stands below with the page that
does. Usage: constraints.py [--write]. Exit code 1 when a table differs; --write brings that of the packs up to date.
"""

import json
import pathlib
import re
import sys
import textwrap

import botocore.session

KINDS = pathlib.Path(__file__).resolve().parent.parent / "crates/engine/src/kind"
API = KINDS.parents[3] / "crates/local/src/api"
ROWS = re.compile(r'(?<=const CONSTRAINTS: &str = r#").*?(?="#;)', re.S)
SESSION = botocore.session.get_session()
NAME = "[A-Za-z0-9_-]+"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
LIMITS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
STATES = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html"
FUNCTION = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
IDENTIFIER = "https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html"


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
        "functions.architecture": row("lambda", "CreateFunction", "Architectures", "member"),
        "functions.layers": row("lambda", "CreateFunction", "Layers", "member"),
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
        "resources.name": row("cloudcontrol", "GetResource", "Identifier", page=IDENTIFIER)
        | {"operation": "cloudformation:GetResource"},
        "resources.type": row("cloudcontrol", "CreateResource", "TypeName") | {"operation": "cloudformation:CreateResource"},
        "dashboards.name": row("cloudwatch", "PutDashboard", "DashboardName", shortest=1, longest=255, pattern=NAME),
    }


def written(rows):
    """The rows of a kind as they stand in its file: one after another, none wider than a line of code."""
    lines = (f"{json.dumps(field)}: {json.dumps(row, ensure_ascii=False)}" for field, row in rows.items())
    shape = {"width": 116, "break_long_words": False, "break_on_hyphens": False}
    wrapped = ("\n".join(textwrap.wrap(line, initial_indent="  ", subsequent_indent="    ", **shape)) for line in lines)
    return "{\n" + ",\n".join(wrapped) + "\n}"


# Members for which the endpoint says something else than the model: (service, member), or (service, operation, member).
SAID_ELSEWHERE = {
    ("lambda", "FunctionName"): "service/lambda/name.rs reads its four forms, and a name of 64 characters in each",
    ("lambda", "Resource"): "as FunctionName",
    ("lambda", "Runtime"): "service/lambda/configuration.rs tells runtimes that are not run here from those that are none",
    ("lambda", "Timeout"): "5,400 seconds are for Lambda Managed Instances; the page says 900",
    ("lambda", "MemorySize"): "32 GiB are for Lambda Managed Instances; the page says 10,240 MB",
    ("lambda", "EphemeralStorage.Size"): "as MemorySize; a structure without it is one that says nothing",
    ("lambda", "Code.S3Bucket"): "not offered",
    ("lambda", "Code.S3Key"): "not offered",
    ("lambda", "S3Bucket"): "not offered",
    ("lambda", "S3Key"): "not offered",
    ("lambda", "Tags{}"): "service/lambda/tags.rs, with what it says of them in words",
    ("lambda", "Tags.*"): "as Tags{}",
    ("lambda", "TagKeys"): "comes from an address, where one key is a text",
    ("lambda", "TagKeys[]"): "as TagKeys",
    ("logs", "tags{}"): "service/tags.rs, with what it says of them in words",
    ("logs", "tags.*"): "as tags{}",
    ("logs", "retentionInDays"): "the values that the model has in words",
    ("logs", "PutResourcePolicy", "policyDocument"): "5,120 characters for the account's; more are for a resource's",
    ("logs", "CreateLogGroup", "tags"): "a map of nothing is one that was left out",
    ("monitoring", "PutDashboard", "DashboardName"): "its missing is a DashboardInvalidInputError",
    ("monitoring", "PutDashboard", "DashboardBody"): "as DashboardName",
    ("sqs", "Entries"): "each entry fails by itself; an empty list is an EmptyBatchRequest",
    ("sqs", "Entries[].Id"): "as Entries",
    ("sqs", "Entries[].MessageBody"): "as Entries",
    ("sqs", "Entries[].ReceiptHandle"): "as Entries",
    ("sqs", "Entries[].MessageAttributes.*.DataType"): "as MessageAttributes.*.DataType",
    ("sqs", "MessageAttributes.*.DataType"): "service/sqs/send.rs, in SQS's sentence",
    ("sqs", "Attributes{}"): "service/sqs/attributes.rs: an InvalidAttributeName",
    ("sqs", "AttributeNames[]"): "as Attributes{}",
    ("sqs", "MessageSystemAttributeNames[]"): "an unknown one is none that is there",
    ("sqs", "VisibilityTimeout"): "the range is in SQS's words",
    ("sqs", "DelaySeconds"): "the range is in SQS's words",
    ("sqs", "WaitTimeSeconds"): "the range is in SQS's words",
    ("sqs", "MaxNumberOfMessages"): "the range is in SQS's words",
    ("sqs", "MaxResults"): "the range is in SQS's words",
    ("tagging", "ResourcesPerPage"): "the range is in words: a minimum of 1 and a maximum of 100",
}
MODELS = {
    "cloudcontrolapi": "cloudcontrol",
    "states": "stepfunctions",
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
}


def constrained(shape, above=()):
    """Members of a structure, with what the model says of each in the words of the endpoint's rows."""
    if shape is None or shape.name in above:
        return
    for name, member in shape.members.items():
        yield name, said(member, name in shape.required_members)
        path, inner = name, member
        while inner.type_name in ("list", "map"):
            if inner.type_name == "map":
                yield path + "{}", said(inner.key, False)
            path += "[]" if inner.type_name == "list" else ".*"
            inner = inner.member if inner.type_name == "list" else inner.value
            if inner.type_name == "string":
                yield path, said(inner, False)
        if inner.type_name == "structure":
            yield from ((f"{path}.{below}", rule) for below, rule in constrained(inner, (*above, shape.name)))


def said(shape, is_required):
    """Whether it must be there, smallest, largest, values, pattern."""
    limits = shape.metadata
    pattern = limits.get("pattern")
    # A pattern that anything has says nothing.
    pattern = None if pattern in (".*", r"[\s\S]*", None) else pattern
    return is_required, limits.get("min") or 0, limits.get("max"), limits.get("enum"), pattern


def of_row(rule):
    """As `said`, of a word of a row without its name."""
    if rule.endswith("/") and "/" in rule[:-1]:
        size, pattern = rule[:-1].split("/", 1)
    else:
        size, pattern = rule, None
    if "|" in size or (size and not re.search(r"\.\.|#|^(bool|list|map|structure)", size)):
        return 0, None, size.lstrip("#").split("|"), pattern
    numbers = re.fullmatch(r"(?:#|list|map)?(\d+)\.\.(\d*)B?", size)
    if numbers:
        return int(numbers[1]), int(numbers[2]) if numbers[2] else None, None, pattern
    number = re.fullmatch(r"#(\d+)", size)
    return 0, int(number[1]) if number else None, None, pattern


def endpoint():
    """What the rows of the endpoint say otherwise than the models."""
    checked = 0
    for table in sorted(API.glob("*.rs")):
        text = re.sub(r"\\\n\s*", "", table.read_text())
        service = re.search(r'^    signing: "(\w+)",$', text, re.MULTILINE)
        rows = re.findall(r'offered\(\s*"(\w+)",\s*"((?:[^"\\]|\\.)*)"', text) if service else []
        for operation, members in rows:
            shape = SESSION.get_service_model(MODELS.get(service[1], service[1])).operation_model(operation).input_shape
            model, own = dict(constrained(shape)), {}
            for word in members.replace("\\\\", "\\").split():
                name, _, rule = word.partition(":")
                own[name.rstrip("!")] = (name.endswith("!"), *of_row(rule))
            for name, (is_required, least, most, values, pattern) in model.items():
                taken = name.removesuffix("[]").removesuffix("{}").removesuffix(".*")
                if taken not in own and f"{taken}[]" not in own or f"~{taken}" in own:
                    continue
                if any(key in SAID_ELSEWHERE for key in ((service[1], name), (service[1], operation, name))):
                    continue
                here = own.get(name, (False, 0, None, None, None))
                checked += 1
                # The values stand in the order of AWS's answers, which is not the model's.
                if (*here[:3], sorted(here[3] or []), here[4]) != (is_required, least, most, sorted(values or []), pattern):
                    yield f"{service[1]}:{operation} {name}: {here}, and the model {(is_required, least, most, values, pattern)}"
    if checked < 200:
        raise SystemExit(f"only {checked} members of the endpoint's rows were read")
    print(f"{checked} members of the local endpoint's rows as the models have them")


def main():
    differing = list(endpoint())
    if differing:
        raise SystemExit("\n".join(differing))
    rows, seen, stale = table(), set(), []
    for path in sorted(KINDS.rglob("*.rs")):
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
