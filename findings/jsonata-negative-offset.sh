#!/bin/sh
# jsonata 2.0.6 and 2.2.2 (npm): a time zone west of Greenwich that is not a whole hour is an hour off.
#
# Behaviour: $fromMillis floors the hours of "-0330" to -4 and keeps the minutes negative: Newfoundland's half hour becomes -04:30, in the
# time as in the offset that is written. Zones to the east, and whole hours, are right. $toMillis reads the right offset, so a time does
# not come back as it went.
# Output seen is compared below, line by line; another output ends this script with 1.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.js <<'PROBE'
const name = process.argv[2];
const jsonata = require(name);
const texts = [
  "$fromMillis(0, \"[H01]:[m01] [Z]\", \"-0330\")",
  "$fromMillis(0, \"[H01]:[m01] [Z]\", \"+0530\")",
  "$fromMillis(0, \"[H01]:[m01] [Z]\", \"-0500\")",
  "$toMillis(\"1969-12-31T20:30:00-03:30\")",
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
old | $fromMillis(0, "[H01]:[m01] [Z]", "-0330") | "19:30 -04:30"
old | $fromMillis(0, "[H01]:[m01] [Z]", "+0530") | "05:30 +05:30"
old | $fromMillis(0, "[H01]:[m01] [Z]", "-0500") | "19:00 -05:00"
old | $toMillis("1969-12-31T20:30:00-03:30") | 0
new | $fromMillis(0, "[H01]:[m01] [Z]", "-0330") | "19:30 -04:30"
new | $fromMillis(0, "[H01]:[m01] [Z]", "+0530") | "05:30 +05:30"
new | $fromMillis(0, "[H01]:[m01] [Z]", "-0500") | "19:00 -05:00"
new | $toMillis("1969-12-31T20:30:00-03:30") | 0
SEEN
diff expected seen
