//! Mistakes that show when templates are filled in for a user.

use super::declare::explain;

const PACKS: &str = "docs/packs.md";
const SCALE: &str = "docs/scale.md";
const QUOTAS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const POLICY: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html";
const MANAGED: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html";
const DASHBOARD: &str =
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html";
const STATES: &str = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html";
const LOGS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html";
const HANDLEBARS: &str = "https://handlebarsjs.com/guide/";

explain! {
    "render::template" Error,
        "a template cannot be filled in",
        "It names a value that is not there, or a block is not closed. Templates are strict: an unknown name is a mistake, never an empty text.",
        "dashboards/monitoring.json.hbs",
        "{ \"widgets\": [{ \"type\": \"text\", \"properties\": { \"markdown\": \"Lab of {{usr}}\" } }] }",
        "{ \"widgets\": [{ \"type\": \"text\", \"properties\": { \"markdown\": \"Lab of {{user}}\" } }] }",
        HANDLEBARS;
    "render::raw-value" Error,
        "a value is inserted without escaping",
        "Three braces put a value in as it is: a quote in it would break out of its text, and what is filled in would say something else. Two braces escape; `{{json NAME}}` gives a whole value outside of quotes.",
        "dashboards/monitoring.json.hbs",
        "{ \"widgets\": [{ \"type\": \"text\", \"properties\": { \"markdown\": \"Lab of {{{user}}}\" } }] }",
        "{ \"widgets\": [{ \"type\": \"text\", \"properties\": { \"markdown\": \"Lab of {{user}}\" } }] }",
        PACKS;
    "render::no-template" Error,
        "a file that is named as a template is none",
        "Templates end in `.hbs`. Other files of a pack are handlers or text for people, and are never filled in.",
        "pack.toml",
        "[[dashboards]]\nname = \"monitoring\"\nbody = \"lambda/greeter.py\"",
        "[[dashboards]]\nname = \"monitoring\"\nbody = \"dashboards/monitoring.json.hbs\"",
        PACKS;
    "render::not-unicode" Error,
        "a template is not text in UTF-8",
        "Save the file again as UTF-8.",
        "", "", "", PACKS;
    "render::json" Error,
        "what was filled in is not JSON",
        "Look for a comma, quote or bracket at the place or just before it. A comma after the last of an `{{#each}}` is the usual cause: write it before each item but the first, `{{#unless @first}},{{/unless}}`.",
        "dashboards/monitoring.json.hbs",
        "{ \"widgets\": [], }",
        "{ \"widgets\": [] }",
        PACKS;
    "render::policy" Error,
        "a policy is none that IAM takes",
        "IAM would refuse the role with MalformedPolicyDocument, for every user of the class. A trust policy names principals and no resources, an inline policy names resources and no principals; all inline policies of a role have 10,240 characters together.",
        "iam/invoke.json.hbs",
        "{ \"Version\": \"2012-10-17\", \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": \"InvokeFunction\", \"Resource\": \"*\" }] }",
        "{ \"Version\": \"2012-10-17\", \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": [\"lambda:InvokeFunction\", \"logs:*\"], \"Resource\": \"*\" }] }",
        POLICY;
    "render::policy-arn" Error,
        "a managed policy that nobody can attach",
        "Managed policies are attached by their ARN, `arn:aws:iam::aws:policy/NAME` with the path before the name; a name alone IAM refuses. Those below `aws-service-role/` belong to AWS's own service roles, and IAM attaches them to no other.",
        "pack.toml",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privilege = [\"ReadOnlyAccess\"] }",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privilege = [\"arn:{{partition}}:iam::aws:policy/ReadOnlyAccess\"] }",
        MANAGED;
    "render::managed-policy" Warning,
        "a managed policy that AWS is not known to have",
        "labctl carries the names of AWS's managed policies with the day they were listed. A policy that is newer is taken as it is; after a slip IAM answers NoSuchEntity for every role.",
        "pack.toml",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privilege = [\"arn:{{partition}}:iam::aws:policy/ReadOnlyAcess\"] }",
        "[[roles]]\nid = \"all\"\nmanaged = { least-privilege = [\"arn:{{partition}}:iam::aws:policy/ReadOnlyAccess\"] }",
        MANAGED;
    "render::dashboard" Error,
        "a dashboard's body is none that CloudWatch takes",
        "PutDashboard would refuse it, or show a widget with an error in it.",
        "dashboards/monitoring.json.hbs",
        "{ \"widgets\": [{ \"type\": \"txt\", \"properties\": { \"markdown\": \"Lab of {{user}}\" } }] }",
        "{ \"widgets\": [{ \"type\": \"text\", \"properties\": { \"markdown\": \"Lab of {{user}}\" } }] }",
        DASHBOARD;
    "render::definition-too-large" Error,
        "a definition has more than 1 MiB",
        "CreateStateMachine refuses it. Split the workflow into machines that start each other, or move data out of it.",
        "", "", "", STATES;
    "render::environment" Error,
        "a function's environment has more than 4 KiB",
        "CreateFunction refuses it. Names and values count together. Put large values into a file of the package.",
        "", "", "", QUOTAS;
    "render::package-too-large" Error,
        "a function's package is larger than Lambda takes",
        "50 MiB packed are the most that can be sent with the call, 250 MiB unpacked are the most that can be run. Leave out what the function does not need; boto3 is in Lambda's runtimes already.",
        "", "", "", QUOTAS;
    "render::package" Error,
        "a function's source cannot be packed",
        "The zip file could not be made; the message says why.",
        "", "", "", PACKS;
    "render::no-source" Error,
        "a function's source is not in the pack",
        "`source` is a file or a folder inside the pack, such as `lambda/order_validator.py`. Reading the pack tells it first, as `pack::missing-file`.",
        "", "", "", PACKS;
    "render::package-clash" Error,
        "two files of a function's sources would have one name in its package",
        "The files of `source` and `shared` go to the package's root by their names, of a folder by what lies in it. Which of the two would be there would be chance. Rename one of them, or leave its folder out.",
        "", "", "", PACKS;
    "render::function-log-group" Warning,
        "a function has no log group in the pack",
        "Lambda makes a missing log group itself if the role lets it, without retention and without the lab's tags: what is logged is then kept for ever, or lost.",
        "pack.toml",
        "[[functions]]\nname = \"waver\"\nsource = \"lambda/greeter.py\"\nhandler = \"greeter.lambda_handler\"\nruntime = \"python3.13\"\nrole = \"all\"\ntimeout_seconds = \"3\"\nmemory_mib = \"128\"",
        "[[functions]]\nname = \"waver\"\nsource = \"lambda/greeter.py\"\nhandler = \"greeter.lambda_handler\"\nruntime = \"python3.13\"\nrole = \"all\"\ntimeout_seconds = \"3\"\nmemory_mib = \"128\"\n\n[[log_groups]]\nname = \"/aws/lambda/{{user}}-waver\"",
        LOGS;
    "render::log-group" Error,
        "a machine logs to a log group that is switched off",
        "The log group is in the pack, but its `when` is off for this user, and Step Functions makes none itself. Switch the machine with the same setting, or give the log group none.",
        "pack.toml",
        "[[log_groups]]\nname = \"/aws/vendedlogs/states/{{user}}-greet\"\nwhen = \"queue\"",
        "[[log_groups]]\nname = \"/aws/vendedlogs/states/{{user}}-greet\"\nretention_days = \"7\"",
        PACKS;
    "render::permission" Warning,
        "a role lacks what its machine or function needs",
        "The states of a machine need what they call (`lambda:InvokeFunction`, `sqs:SendMessage`, `states:StartExecution` and for `.sync` five more), a machine that logs needs eight actions of log delivery, a function needs to write its log and to answer the task tokens that its code answers. Without them deploying fails, or the first execution does. Roles that are brought along are not looked at, conditions are taken to hold, and a managed policy of unknown content is taken to allow.",
        "iam/invoke.json.hbs",
        "{ \"Version\": \"2012-10-17\", \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": [\"logs:*\", \"lambda:GetFunction\"], \"Resource\": \"*\" }] }",
        "{ \"Version\": \"2012-10-17\", \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": [\"logs:*\", \"lambda:InvokeFunction\"], \"Resource\": \"*\" }] }",
        "https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html";
    "render::log-delivery" Warning,
        "a machine logs to a log group that costs the whole account",
        "Step Functions adds such a log group to one resource policy of CloudWatch Logs, which may have 5,120 characters for the account in a region. After some dozens of users AWS refuses the next machine with InvalidLoggingConfiguration, and the class stops half-way. Log groups whose names begin with `/aws/vendedlogs/` need no entry.",
        "pack.toml",
        "[[log_groups]]\nname = \"/lab/states/{{user}}-greet\"\n\n[[machines]]\nname = \"greet\"\n[machines.logging]\nlog_group = \"/lab/states/{{user}}-greet\"",
        "[[machines]]\nname = \"greet\"\n[machines.logging]\nlog_group = \"/aws/vendedlogs/states/{{user}}-greet\"",
        "https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html";
    "render::number" Error,
        "a number of a function or log group is none",
        "What was filled in is not a whole number. Name a setting whose type is `integer`.",
        "pack.toml",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"{{settings.runtime}}\"",
        "[[functions]]\nname = \"greeter\"\nmemory_mib = \"{{settings.memory_mib}}\"",
        PACKS;
    "render::name" Error,
        "a resource's name is none that AWS takes",
        "A log group's name is made of letters, digits and `. _ / # -`. The other kinds are held to their rules when the pack is read.",
        "pack.toml",
        "[[log_groups]]\nname = \"/lab/{{user}} audit\"",
        "[[log_groups]]\nname = \"/lab/{{user}}-audit\"",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html";
    "render::role" Error,
        "there is no role of that id",
        "Reading the pack tells it first, as `pack::unknown-role`.",
        "", "", "", PACKS;
    "render::switch" Error,
        "`when` names no boolean setting",
        "Reading the pack tells it first, as `pack::unknown-setting`.",
        "", "", "", PACKS;
    "render::resource-type" Error,
        "a type of resource has a list of its own",
        "Functions, queues, roles, machines, log groups and dashboards are written in their own lists: labctl knows more of them there, and one thing must not be two.",
        "pack.toml",
        "[[resources]]\nname = \"inbox\"\ntype = \"AWS::SQS::Queue\"\nidentifier = \"{{user}}-inbox\"\nproperties = \"dashboards/monitoring.json.hbs\"",
        "[[resources]]\nname = \"inbox\"\ntype = \"AWS::SNS::Topic\"\nidentifier = \"{{user}}-inbox\"\nproperties = \"dashboards/monitoring.json.hbs\"",
        PACKS;
    "render::resource-name" Error,
        "a resource of any type is not known by a name of the user's",
        "Its primary identifier has to follow from the pack and to begin with the user's name and a dash, as everything of a user does: that is how labctl finds it again.",
        "pack.toml",
        "[[resources]]\nname = \"news\"\ntype = \"AWS::SNS::Topic\"\nidentifier = \"news\"\nproperties = \"dashboards/monitoring.json.hbs\"",
        "[[resources]]\nname = \"news\"\ntype = \"AWS::SNS::Topic\"\nidentifier = \"{{user}}-news\"\nproperties = \"dashboards/monitoring.json.hbs\"",
        PACKS;
    "render::resource-properties" Error,
        "the properties of a resource are no JSON object",
        "A template of properties holds what CloudFormation has under `Properties`: an object with the property's names.",
        "", "", "", PACKS;
    "render::resource-circle" Error,
        "resources refer to each other in a circle",
        "What refers to a resource is made after it, so two that refer to each other would wait for ever. A name that the template makes itself (`{{user}}-orders`) is no reference.",
        "", "", "", PACKS;
    "export::template" Error,
        "the lab is no CloudFormation template",
        "A template fills in values, not keys; it has a property for most attributes and not for all, 500 resources at most and 1,000,000 bytes. Take out what it names, or deploy with labctl.",
        "", "", "", SCALE;
    "render::no-place" Error,
        "it is not known where a user's lab goes",
        "ARNs need an account and a region. labctl finds both before it fills in a template, so this points to a mistake in labctl; please report it.",
        "", "", "", PACKS;
    "render::scenario-path" Error,
        "a scenario expects a state that its machine does not have",
        "No execution could ever take that path, so `labctl test` would fail for every user. Names are compared letter by letter.",
        "scenarios/greet.yaml",
        "- name: hello\n  title: A name is greeted\n  machine: greet\n  input: { name: Ann }\n  expect:\n    status: SUCCEEDED\n    path: [Great]",
        "- name: hello\n  title: A name is greeted\n  machine: greet\n  input: { name: Ann }\n  expect:\n    status: SUCCEEDED\n    path: [Greet]",
        PACKS;
    "render::scenario-input" Warning,
        "a scenario shall succeed and fails before any task is called",
        "The first states ask for something that the scenario's input does not have. No function can change that.",
        "asl/greet.asl.json.hbs",
        "{ \"StartAt\": \"Known\", \"States\": {\n  \"Known\": { \"Type\": \"Choice\", \"Choices\": [{ \"Variable\": \"$.person\", \"StringEquals\": \"Ann\", \"Next\": \"Greet\" }] },\n  \"Greet\": { \"Type\": \"Succeed\" } } }",
        "{ \"StartAt\": \"Known\", \"States\": {\n  \"Known\": { \"Type\": \"Choice\", \"Choices\": [{ \"Variable\": \"$.name\", \"StringEquals\": \"Ann\", \"Next\": \"Greet\" }] },\n  \"Greet\": { \"Type\": \"Succeed\" } } }",
        PACKS;
}
