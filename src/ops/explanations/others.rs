//! What single commands say.

use super::declare::explain;

explain! {
    "lint::unreadable" Error,
        "a file that was to be looked at cannot be read",
        "It is not there, may not be read, is not UTF-8, is a template, or has more than 64 MiB. The other files are looked at all the same.",
        "", "", "", "docs/findings.md";
    "graph::definition" Error,
        "there is no state in a definition that could be drawn",
        "Whatever has names and transitions is drawn, also what AWS would refuse. Under the caret stands AWS's code; `labctl lint` says more of it.",
        "greet.asl.json",
        "{ \"StartAt\": \"Greet\", \"States\": {} }",
        "{ \"StartAt\": \"Greet\", \"States\": { \"Greet\": { \"Type\": \"Pass\", \"End\": true } } }",
        "docs/graph.md";
    "graph::refused" Warning,
        "a definition is drawn that AWS would refuse",
        "The picture shows what is written, as far as it can be read; a transition to a state that is not there is left out. Under the caret stands AWS's code.",
        "", "", "", "docs/graph.md";
}
