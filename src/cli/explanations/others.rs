//! What single commands say.

use super::explanation::explain;

explain! {
    "lint::unreadable" Error,
        "a file that was to be looked at cannot be read",
        "It is not there, may not be read, is not UTF-8, is a template, or has more than 64 MiB. The other files are looked at all the same.",
        "", "", "", "docs/findings.md";
    "graph::definition" Error,
        "a definition cannot be drawn, because AWS would refuse it",
        "A picture of a machine that cannot exist would show something else than what is written. Under the caret stands AWS's code; `labctl lint` says more of it.",
        "greet.asl.json",
        "{ \"StartAt\": \"Greet\", \"States\": { \"Greet\": { \"Type\": \"Pass\" } } }",
        "{ \"StartAt\": \"Greet\", \"States\": { \"Greet\": { \"Type\": \"Pass\", \"End\": true } } }",
        "docs/graph.md";
}
