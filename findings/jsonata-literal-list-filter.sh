#!/bin/sh
# jsonata 2.0.6 and 2.2.2 (npm): a filter on a list that is written out, and a step after it, give nothing.
#
# Behaviour: the first step of a path is a list in brackets, which is kept whole; a filter that leaves one element takes the list away, and the
# next step finds no list to go through. With parentheses around the list, or with a variable for it, the value is there. Nothing is said.
# Output seen is compared below, line by line; another output ends this script with 1.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.js <<'PROBE'
const name = process.argv[2];
const jsonata = require(name);
const texts = [
  "[{\"a\": 1}, {\"a\": 2}][0].a",
  "([{\"a\": 1}, {\"a\": 2}])[0].a",
  "($l := [{\"a\": 1}, {\"a\": 2}]; $l[0].a)",
  "[{\"a\": 1}, {\"a\": 2}].a",
];
(async () => {
  for (const text of texts) {
    const value = await jsonata(text).evaluate({});
    console.log(name, "|", text, "|", value === undefined ? "undefined" : JSON.stringify(value));
  }
})();
PROBE
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund old@npm:jsonata@2.0.6 new@npm:jsonata@2.2.2
for version in old new; do node probe.js "$version"; done > seen
cat seen
cat > expected <<'SEEN'
old | [{"a": 1}, {"a": 2}][0].a | undefined
old | ([{"a": 1}, {"a": 2}])[0].a | 1
old | ($l := [{"a": 1}, {"a": 2}]; $l[0].a) | 1
old | [{"a": 1}, {"a": 2}].a | [1,2]
new | [{"a": 1}, {"a": 2}][0].a | undefined
new | ([{"a": 1}, {"a": 2}])[0].a | 1
new | ($l := [{"a": 1}, {"a": 2}]; $l[0].a) | 1
new | [{"a": 1}, {"a": 2}].a | [1,2]
SEEN
diff expected seen
