//! Mistakes in the manifest.

use super::declare::explain;

const SCHEMA: &str = "docs/lab-manifest.schema.json";
const CLASS: &str = "docs/class.md";
const README: &str = "README.md";
const RUNTIMES: &str = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html";
const REGIONS: &str = "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html";
const EXTERNAL: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html";

explain! {
    "manifest::unreadable" Error,
        "the manifest cannot be read",
        "There is no such file, or it may not be read. Without `--manifest FILE` it is `lab-manifest.toml` in the folder in which labctl runs. `labctl init` writes one.",
        "", "", "", README;
    "manifest::not-utf8" Error,
        "the manifest is not text in UTF-8",
        "Nothing can be read out of other encodings with certainty, and names are compared letter by letter. Save the file again as UTF-8; editors have it under \"encoding\".",
        "", "", "", README;
    "manifest::unknown-format" Error,
        "the manifest's name does not say how it is written",
        "The extension decides: `.toml`, `.yaml` or `.yml`, `.json`. Guessing from what is in it would make one slip look like many others.",
        "", "", "", README;
    "manifest::syntax" Error,
        "the text is not TOML, YAML or JSON",
        "The file cannot be read any further, so mistakes below it are not told yet. In TOML a text stands in quotes.",
        "lab-manifest.toml",
        "[lab]\npack = step-functions",
        "[lab]\npack = \"step-functions\"",
        "https://toml.io/en/v1.0.0";
    "manifest::unknown-key" Error,
        "a key that no table of the manifest has",
        "labctl refuses what it does not know: a misspelt key that was passed over would deploy a lab with a default that nobody chose. Which settings there are is the pack's affair. `labctl schema` prints all keys, and editors complete them from it.",
        "lab-manifest.toml",
        "[settings]\nlog_retention = 7",
        "[settings]\nlog_retention_days = 7",
        SCHEMA;
    "manifest::wrong-type" Error,
        "a value is of another kind than its key takes",
        "A number in quotes is text, and a list is no table. Nothing is converted: what is meant is told by how it is written.",
        "lab-manifest.toml",
        "[settings]\nlog_retention_days = \"7\"",
        "[settings]\nlog_retention_days = 7",
        SCHEMA;
    "manifest::missing-key" Error,
        "a table lacks a key that it must have",
        "Every user has a name, and `[lab]` names its pack: there is no default that would do for them.",
        "lab-manifest.toml",
        "[[users]]\nregion = \"eu-west-1\"",
        "[[users]]\nname = \"ann\"\nregion = \"eu-west-1\"",
        SCHEMA;
    "manifest::bad-value" Error,
        "a value is none that its key takes",
        "It is outside of a list or a range, or it has not the shape of what it stands for: an account is twelve digits, a day is written `2026-12-20`, a setting keeps to what the pack declares.",
        "lab-manifest.toml",
        "[settings]\nlog_retention_days = 5",
        "[settings]\nlog_retention_days = 3",
        SCHEMA;
    "manifest::duplicate-key" Error,
        "a key is set twice",
        "A user's field may be written alone or below its table (`region`, `target.region`); both together leave open which is meant. In JSON and YAML a key that stands twice would silently lose its first value.",
        "lab-manifest.toml",
        "[[users]]\nname = \"ann\"\nregion = \"eu-west-1\"\ntarget.region = \"us-west-2\"",
        "[[users]]\nname = \"ann\"\nregion = \"eu-west-1\"",
        SCHEMA;
    "manifest::no-users" Error,
        "the manifest names nobody",
        "There is nobody to give the lab to. Name users one by one, as a range, or in a file.",
        "lab-manifest.toml",
        "users = []",
        "[roster]\nrange = \"user1..user30\"",
        CLASS;
    "manifest::user-name" Error,
        "a user's name cannot be one",
        "Every resource of a user is called `<name>-…`, so the name must fit into the names of roles, functions, queues and dashboards alike: 1 to 20 of `a-z 0-9 -`, a letter first, no dash at the end.",
        "lab-manifest.toml",
        "[[users]]\nname = \"Ann_Smith\"",
        "[[users]]\nname = \"ann-smith\"",
        CLASS;
    "manifest::duplicate-user" Error,
        "a user is there twice",
        "Names that differ in their case alone count as the same. Two users of one name would deploy over each other. A user of the roster may also stand under `[[users]]`, once: there the fields of both hold, and those of `[[users]]` win.",
        "lab-manifest.toml",
        "[[users]]\nname = \"ann\"\n\n[[users]]\nname = \"ann\"",
        "[[users]]\nname = \"ann\"\n\n[[users]]\nname = \"anna\"",
        CLASS;
    "manifest::name-collision" Error,
        "one user's name is another's plus a dash",
        "What belongs to `ann` begins with `ann-`, and so does everything of `ann-b`: by name nobody could tell whose it is, and a policy of `ann` that allows `ann-*` would open the other's lab.",
        "lab-manifest.toml",
        "[[users]]\nname = \"ann\"\n\n[[users]]\nname = \"ann-b\"",
        "[[users]]\nname = \"ann\"\n\n[[users]]\nname = \"annb\"",
        CLASS;
    "manifest::name-too-long" Error,
        "a user's name makes a resource's name longer than AWS allows",
        "A function and a role may have 64 characters, a queue and a state machine 80. The user's name, a dash and the pack's name for the thing must fit.",
        "lab-manifest.toml",
        "[settings]\nqueue = true\n\n[[users]]\nname = \"maximilian-alexander\"",
        "[settings]\nqueue = true\n\n[[users]]\nname = \"maximilian\"",
        CLASS;
    "manifest::target-conflict" Error,
        "a target says two things at once",
        "The local endpoint has an address of its own. An `endpoint_url` means an endpoint that speaks AWS, which is the kind `aws`; the same goes for `--target local` beside `--endpoint-url`.",
        "lab-manifest.toml",
        "[target]\nkind = \"local\"\nendpoint_url = \"http://127.0.0.1:4566\"",
        "[target]\nkind = \"aws\"\nendpoint_url = \"http://127.0.0.1:4566\"",
        "docs/endpoints.md";
    "manifest::unused-field" Warning,
        "a field that does nothing without another",
        "An external id is sent when a role is assumed, and only then. Without `role_arn` the credentials are used as they are, which may not be what was meant.",
        "lab-manifest.toml",
        "[target]\nkind = \"aws\"\nexternal_id = \"class-6\"",
        "[target]\nkind = \"aws\"\nrole_arn = \"arn:aws:iam::123456789012:role/Instructor\"\nexternal_id = \"class-6\"",
        EXTERNAL;
    "manifest::unknown-region" Warning,
        "a region that labctl does not know",
        "New regions come, so one that is named as AWS names them is not refused, and may well be there by now. But after a slip every call would go to a host name that does not exist, and fail one by one. What is near a region and named as none can be (`us-est-1`) is refused, in the manifest and after `--region` alike.",
        "lab-manifest.toml",
        "[target]\nregion = \"ap-southeast-9\"",
        "[target]\nregion = \"ap-southeast-2\"",
        REGIONS;
    "manifest::deprecated-value" Warning,
        "a setting has a value that is on its way out",
        "It is accepted today. The warning says why not for long: some months after it ended the support of a runtime AWS lets nobody create functions with it, and a month later nobody update them.",
        "lab-manifest.toml",
        "[settings]\nruntime = \"python3.9\"",
        "[settings]\nruntime = \"python3.13\"",
        RUNTIMES;
    "manifest::untried-value" Warning,
        "a runtime that the pack was not tried with",
        "Lambda's list of runtimes grows, and a pack does not change with it. Another version of the pack's own language is passed on as it is, and so is an operating system alone (`provided.al2023`, `custom`), for which the package must bring a `bootstrap`. One of another language is refused.",
        "lab-manifest.toml",
        "[lab]\npack = \"step-functions\"\n[settings]\nruntime = \"python3.15\"",
        "[lab]\npack = \"step-functions\"\n[settings]\nruntime = \"python3.13\"",
        RUNTIMES;
    "manifest::shared-name" Warning,
        "two manifests have one `lab.name`",
        "The journal in `out/` says that another manifest has put users of a lab of this name to an account. What labctl makes carries the lab's name in its tags, so by these the users of both are one lab's: `status` and `cleanup --orphans` of one list those of the other. Nobody is removed for that: departed is only who was put there from the same manifest.",
        "", "", "", CLASS;
    "manifest::expired" Warning,
        "the lab's last day is over",
        "`cleanup --expired` would remove this lab, in whichever run finds it first. Remove it with `labctl cleanup --all`, or set a later day.",
        "lab-manifest.toml",
        "[lab]\nexpires = \"2020-01-31\"",
        "[lab]\nexpires = \"2999-01-31\"",
        CLASS;
}
