//! Mistakes in packs.

use super::declare::explain;

const PACKS: &str = "docs/packs.md";
const CHECKLIST: &str = "docs/verify.md";
const TAGS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html";
const RUNTIMES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html";
const HANDLER: &str = "https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html";

explain! {
    "pack::unknown" Error,
        "there is no built-in pack of that name",
        "`lab.pack` is the name of a built-in pack, of a folder under `templates/` beside the manifest, or a path, which begins with `./`.",
        "lab-manifest.toml",
        "[lab]\npack = \"step-function\"",
        "[lab]\npack = \"step-functions\"",
        PACKS;
    "pack::not-a-pack" Error,
        "the folder has no `pack.toml`",
        "A pack is a folder with a `pack.toml` in it, named by its path from the manifest's folder. A folder `templates/<name>` without one is not passed over for the built-in pack: it may be yours, half moved.",
        "lab-manifest.toml",
        "[lab]\npack = \"./lambda\"",
        "[lab]\npack = \"./tiny\"",
        PACKS;
    "pack::unreadable" Error,
        "a file of the pack cannot be read",
        "A pack is read as a whole before anything is made of it. Make the file readable, or take it out of the folder.",
        "", "", "", PACKS;
    "pack::hidden-file" Warning,
        "a file of the pack is left out, because it is hidden",
        "Files and folders whose names begin with a dot are no part of a pack: they are mostly an editor's or hold secrets (`.env`), and would go to the students. A handler that reads one does not find it. Give it a name without the dot, or keep it elsewhere.",
        "", "", "", PACKS;
    "pack::not-utf8" Error,
        "a file of the pack is not text in UTF-8",
        "`pack.toml` and scenarios are text. Save the file again as UTF-8.",
        "", "", "", PACKS;
    "pack::requirement" Error,
        "a requirement is not pinned, has no hash, or cannot be fetched",
        "What goes into a package is the same on every machine and on every day: each line of a function's `requirements` names one version and the SHA-256 of its wheel. Wheels are fetched once, by `python3 -m pip download`, and kept in the user's cache folder.",
        "", "", "", PACKS;
    "pack::platform-wheel" Error,
        "a wheel is for one platform",
        "labctl packs pure Python wheels (`…-none-any.whl`), which are the same for every architecture and run on the local endpoint too. Pin a version that has one, or bring the library in a layer.",
        "", "", "", PACKS;
    "pack::syntax" Error,
        "`pack.toml` is not TOML, or a scenario is not YAML",
        "The file cannot be read any further, so mistakes below it are not told yet.",
        "pack.toml",
        "[pack]\nname = tiny",
        "[pack]\nname = \"tiny\"",
        PACKS;
    "pack::unknown-key" Error,
        "a key that no table of a pack has",
        "A misspelt key that was passed over would leave its default in place, and nobody would see why.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\ntimeout = 3",
        "[[functions]]\nname = \"greeter\"\ntimeout_seconds = 3",
        PACKS;
    "pack::wrong-type" Error,
        "a value is of another kind than its key takes",
        "Numbers of functions, log groups and queues may be texts too, so that they may be `{{settings.…}}`; everything else is of one kind.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\ndescription = 3",
        "[[functions]]\nname = \"greeter\"\ndescription = \"3\"",
        PACKS;
    "pack::missing-key" Error,
        "a table lacks a key that it must have",
        "docs/packs.md lists what each table has, and what of it may be left out.",
        "pack.toml",
        "[[stages]]\nid = \"task-1\"",
        "[[stages]]\nid = \"task-1\"\ntitle = \"Create the roles\"",
        PACKS;
    "pack::bad-value" Error,
        "a value is none that its key takes",
        "A log level is ALL, ERROR, FATAL or OFF; a setting's default keeps to the setting's own rules; a number in quotes is a whole number; `outcome` is a JSON pointer, which begins with `/`.",
        "pack.toml",
        "[bulk]\noutcome = \"status\"",
        "[bulk]\noutcome = \"/status\"",
        PACKS;
    "pack::duplicate-key" Error,
        "a key is there twice",
        "The first value would be lost without a word.",
        "scenarios/more.yaml",
        "- name: again\n  title: Greeted again\n  title: Greeted once more\n  machine: greet\n  input: { name: Ann }\n  expect: { status: SUCCEEDED }",
        "- name: again\n  title: Greeted again\n  machine: greet\n  input: { name: Ann }\n  expect: { status: SUCCEEDED }",
        PACKS;
    "pack::duplicate" Error,
        "two things of the pack have the same name",
        "In a user's account they would be one thing, made twice. Scenarios are told apart by their names over all files.",
        "scenarios/more.yaml",
        "- name: hello\n  title: Greeted again\n  machine: greet\n  input: { name: Bob }\n  expect: { status: SUCCEEDED }",
        "- name: hello-again\n  title: Greeted again\n  machine: greet\n  input: { name: Bob }\n  expect: { status: SUCCEEDED }",
        PACKS;
    "pack::bad-name" Error,
        "a name that the thing cannot have",
        "Names become part of what AWS knows: letters, digits, `-` and `_`, short enough that a user's name fits before them. A log group has `{{user}}` in its name, or all users would share it. A setting cannot be called as a field of a user is, and tags that begin with `labctl:` or `aws:` are not a pack's to give.",
        "pack.toml",
        "[[log_groups]]\nname = \"/lab/audit\"",
        "[[log_groups]]\nname = \"/lab/{{user}}-audit\"",
        TAGS;
    "pack::missing-file" Error,
        "the pack names a file that it does not have",
        "Paths are those inside the pack's folder, letter by letter.",
        "pack.toml",
        "[[dashboards]]\nname = \"monitoring\"\nbody = \"dashboards/monitor.json.hbs\"",
        "[[dashboards]]\nname = \"monitoring\"\nbody = \"dashboards/monitoring.json.hbs\"",
        PACKS;
    "pack::missing-handler" Error,
        "the function's handler is not in its source",
        "Lambda takes such a function and fails at its first call, with Runtime.ImportModuleError or Runtime.HandlerNotFound. The handler is the file's name without `.py`, a dot, and the function's name.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nhandler = \"greeting.lambda_handler\"",
        "[[functions]]\nname = \"greeter\"\nhandler = \"greeter.lambda_handler\"",
        HANDLER;
    "pack::python-syntax" Error,
        "a handler is not Python",
        "Lambda packs it without a look and fails at the first call, with Runtime.UserCodeSyntaxError. Handlers are parsed as the version of the function's runtime has it, and never run; what only a compiler sees is asked of the host's `python3` where that is no older.",
        "lambda/greeter.py",
        "def lambda_handler(event, context)\n    return {\"status\": \"GREETED\"}",
        "def lambda_handler(event, context):\n    return {\"status\": \"GREETED\"}",
        HANDLER;
    "pack::unused-syntax" Warning,
        "a file of a package that is not Python, and that the handler does not import at once",
        "The function may never read it: it is an example, or for another version. Where a function imports it later, that call fails.",
        "", "", "", HANDLER;
    "pack::missing-module" Warning,
        "a function imports what its package lacks",
        "The package has what the function's `source` holds and nothing else; the runtime brings the standard library and boto3 with what it stands on. The first call fails with Runtime.ImportModuleError. Imports inside of functions, in branches, under `TYPE_CHECKING` or in a `try` that catches ImportError are not told.",
        "lambda/greeter.py",
        "import common\n\n\ndef lambda_handler(event, context):\n    return {\"status\": common.GREETED}",
        "def lambda_handler(event, context):\n    return {\"status\": \"GREETED\"}",
        "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html";
    "pack::async-handler" Warning,
        "the handler is `async`, and Lambda does not await it",
        "The runtime calls the handler and gets a coroutine, which cannot be written as JSON: every call fails with Runtime.MarshalError.",
        "lambda/greeter.py",
        "async def lambda_handler(event, context):\n    return {\"status\": \"GREETED\"}",
        "import asyncio\n\n\nasync def greet(event):\n    return {\"status\": \"GREETED\"}\n\n\ndef lambda_handler(event, context):\n    return asyncio.run(greet(event))",
        HANDLER;
    "pack::unknown-runtime" Error,
        "there is no such runtime",
        "CreateFunction refuses it for every user. The runtimes are those of the SDK's model.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nruntime = \"pyton3.13\"",
        "[[functions]]\nname = \"greeter\"\nruntime = \"python3.13\"",
        RUNTIMES;
    "pack::new-runtime" Warning,
        "a runtime that this labctl does not know",
        "It looks like a version that AWS may have added since. If it has not, CreateFunction refuses it for every user.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nruntime = \"python3.29\"",
        "[[functions]]\nname = \"greeter\"\nruntime = \"python3.13\"",
        RUNTIMES;
    "pack::runtime-mismatch" Error,
        "the runtime is for another language than the source",
        "Lambda takes such a function, and every call fails because the handler's file is not found.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nruntime = \"nodejs22.x\"",
        "[[functions]]\nname = \"greeter\"\nruntime = \"python3.13\"",
        RUNTIMES;
    "pack::refused-value" Error,
        "a value that AWS refuses",
        "Numbers, lengths, characters, names of attributes and reserved variables are held against the constraints of the SDK's models, after `{{…}}` is filled in: deploying would fail for every user.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"64\"",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"128\"",
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html";
    "pack::unknown-role" Error,
        "there is no role of that id",
        "Functions and machines name a role by the `id` of one of the `[[roles]]`, not by the name that it has at AWS.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nrole = \"lambda\"",
        "[[functions]]\nname = \"greeter\"\nrole = \"all\"",
        PACKS;
    "pack::unknown-mode" Error,
        "there is no such IAM mode",
        "The manifest's `iam.mode` is `least-privilege` or `as-written`; a role has a policy for each mode that it differs in.",
        "pack.toml",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privileged = [] }",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privilege = [] }",
        PACKS;
    "pack::unknown-setting" Error,
        "there is no such setting",
        "`{{settings.…}}` names one of the pack's `[settings]`, and `when` names one that is a boolean.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"{{settings.memory}}\"",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"{{settings.memory_mib}}\"",
        PACKS;
    "pack::unknown-log-group" Error,
        "a machine logs to a log group that the pack does not have",
        "Step Functions makes no log group itself. The name stands in `logging` as it stands under `[[log_groups]]`, with `{{user}}` in it.",
        "pack.toml",
        "[[machines]]\nname = \"greet\"\n[machines.logging]\nlog_group = \"/aws/vendedlogs/states/{{user}}-great\"",
        "[[machines]]\nname = \"greet\"\n[machines.logging]\nlog_group = \"/aws/vendedlogs/states/{{user}}-greet\"",
        PACKS;
    "pack::unknown-machine" Error,
        "there is no such machine",
        "Scenarios and `[bulk]` name a machine as the pack does, without the user's prefix.",
        "pack.toml",
        "[bulk]\nmachine = \"ann-greet\"",
        "[bulk]\nmachine = \"greet\"",
        PACKS;
    "pack::unknown-scenario" Error,
        "a check names a scenario that is not there",
        "Points for a scenario that nobody can run could never be had.",
        "", "", "", CHECKLIST;
    "pack::unknown-function" Error,
        "a check names a function that is not there",
        "Checks name functions as the pack does, without the user's prefix.",
        "", "", "", CHECKLIST;
    "pack::unknown-dashboard" Error,
        "a check names a dashboard that is not there",
        "Checks name dashboards as the pack does, without the user's prefix.",
        "", "", "", CHECKLIST;
    "pack::unknown-check" Error,
        "a check yields to one that is not there",
        "`yields_to` names other checks by their whole ids, `<point>/<check>`.",
        "", "", "", CHECKLIST;
    "pack::unknown-stage" Error,
        "there is no such stage",
        "`stage` of a resource, a scenario or a check is the id of one of `[[stages]]` in `pack.toml`; `--through` stops at its end.",
        "pack.toml",
        "[[dashboards]]\nname = \"monitoring\"\nstage = \"task-1\"",
        "[[dashboards]]\nname = \"monitoring\"",
        PACKS;
    "pack::unknown-integration" Error,
        "a mock of an integration that Step Functions does not have",
        "`integration` is what stands behind `arn:aws:states:::` in a state's Resource, with its pattern: `dynamodb:putItem`, `ecs:runTask.sync`, `aws-sdk:s3:getObject`.",
        "", "", "", PACKS;
    "pack::needless-mock" Error,
        "a mock of what the local endpoint does itself",
        "Functions, `lambda:invoke`, `sqs:sendMessage`, `states:startExecution` and the operations that docs/asl-coverage.md lists are called for real, so that the mock would never be asked.",
        "", "", "", PACKS;
    "pack::unused-mock" Warning,
        "a mock of an integration that no machine of the pack calls",
        "The pattern is part of the name: a mock of `ecs:runTask` does not answer `ecs:runTask.sync`.",
        "", "", "", PACKS;
    "pack::mock-member" Warning,
        "a mock answers with a member that AWS's answer does not have",
        "A machine that reads it would work here and fail on AWS. Members are those of the SDK's models, with a capital, at the top of the answer; what lies deeper is not looked at.",
        "", "", "", PACKS;
    "pack::unused-setting" Warning,
        "a setting of the pack that nothing asks for",
        "Whoever chooses a value for it changes nothing. A setting is asked for as `{{settings.NAME}}` in a template or in `pack.toml`, or by a `when`. A name that stands anywhere in a template, a scenario or the checks counts as asked for.",
        "", "", "", PACKS;
    "pack::missing-mock" Warning,
        "a machine calls what the local endpoint does not have, and no mock answers",
        "On AWS the call is made; on the local endpoint its state fails with States.Runtime. A mock in mocks.yaml, or in the scenarios that come to the state, answers there.",
        "", "", "", PACKS;
    "pack::unknown-outcome" Warning,
        "an outcome counts as good that no execution can have",
        "Outcomes are what scenarios expect, what definitions and handlers have in quotes, and the statuses of executions. With a slip in `good` a bulk test finds that nothing went well.",
        "", "", "", PACKS;
    "pack::outcome-pointer" Warning,
        "the outcome's place is in no output that is known",
        "`outcome` is a JSON Pointer into the output of an execution: `/status` is its member `status`. Neither a scenario's output nor a file of the pack has a member of the name that it ends with.",
        "", "", "", PACKS;
}
