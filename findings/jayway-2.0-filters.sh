#!/bin/sh
# Jayway JsonPath 2.0.0 (Debian's libjsonpath-java 2.0.0-5): filters are read in three ways that their looks do not tell.
#
# Behaviour: brackets around conditions are passed over, so `a && (b || c)` finds what `(a && b) || c` would; text in double quotes is
# compared with its quotes, single quotes and no quotes at all are the same text; a wildcard passes over what lacks the last name, where
# a filter that takes the same elements fails. No error says so: the first two find other elements, or none.
# Output seen is compared below, line by line; another output ends this script with 1. Needs Java and apt on Debian 12.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -q libjsonpath-java=2.0.0-5 libjson-smart-java=2.2-2+deb12u1 libasm-java=9.4-1 libslf4j-java=1.7.32-1 > log 2>&1 ||
  { cat log; exit 1; }
for package in *.deb; do dpkg-deb -x "$package" root; done
cat > Probe.java <<'PROBE'
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;

public class Probe {
    public static void main(String[] none) {
        JsonSmartJsonProvider json = new JsonSmartJsonProvider();
        Configuration configuration = Configuration.builder().jsonProvider(json).build();
        Object orders = json.parse("[{\"id\":1,\"paid\":1,\"late\":1},{\"id\":2,\"late\":1,\"lost\":1},{\"id\":3,\"kind\":\"gift\"}]");
        String[] paths = {
            "$[?(@.paid && (@.late || @.lost))]['id']",
            "$[?((@.paid && @.late) || @.lost)]['id']",
            "$[?(@.kind == 'gift')]['id']",
            "$[?(@.kind == gift)]['id']",
            "$[?(@.kind == \"gift\")]['id']",
            "$[*]['paid']",
            "$[?(@.id > 0)]['paid']",
        };
        for (String path : paths) {
            String found;
            try {
                found = JsonPath.compile(path).read(orders, configuration).toString();
            } catch (RuntimeException failure) {
                found = failure.getMessage();
            }
            System.out.println(path + " | " + found);
        }
    }
}
PROBE
classes=$(find root/usr/share/java -name '*.jar' | tr '\n' ':')
java -cp "$classes" Probe.java 2> /dev/null > seen
cat seen
cat > expected <<'SEEN'
$[?(@.paid && (@.late || @.lost))]['id'] | [1,2]
$[?((@.paid && @.late) || @.lost)]['id'] | [1,2]
$[?(@.kind == 'gift')]['id'] | [3]
$[?(@.kind == gift)]['id'] | [3]
$[?(@.kind == "gift")]['id'] | []
$[*]['paid'] | [1]
$[?(@.id > 0)]['paid'] | No results for path: $[1]['paid']
SEEN
diff expected seen
