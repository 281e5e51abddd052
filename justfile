# `just` lists these; each is a step of `.ci/run`, or what one package needs. CONTRIBUTING.md says how long they take.

_default:
  @just --list --unsorted

# Compiles all packages and their tests, runs nothing.
check:
  cargo check --all-targets

# Tests of one package: labctl, labctl-asl, labctl-engine, labctl-jsonata, labctl-local, labctl-picture, labctl-source.
test package *filter:
  cargo test --package {{package}} -- {{filter}}

# Tests of the room below `src/` or `crates/engine/src/` of this name.
room name:
  cargo test --lib -- {{name}}::

# Whole scenarios against the embedded endpoint, by name.
integration *filter:
  cargo test --test integration -- {{filter}}

# Format and lints, as CI asks.
lint:
  .ci/run format lints docs

# Everything that decides whether a change lands.
ci *steps:
  .ci/run {{steps}}

# The published binary.
release:
  cargo build --release --locked

# Arbitrary bytes, for a while: docs/fuzzing.md.
fuzz runs="100000" seconds="60":
  tests/fuzz/run {{runs}} {{seconds}}
