import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonProvider;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.List;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;

/**
 * Jayway JsonPath, for compare.py: JSON documents in a file, one path as JSON text per line on stdin.
 * One line of JSON per path: {"unread": reason}, or a list with {"value": ...} or {"failed": reason} per document.
 */
public class Oracle {
    public static void main(String[] arguments) throws Exception {
        JsonProvider json = new JsonSmartJsonProvider();
        Configuration configuration = Configuration.builder().jsonProvider(json).build();
        String text = new String(Files.readAllBytes(Paths.get(arguments[0])), StandardCharsets.UTF_8);
        List<?> documents = (List<?>) json.parse(text);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer((String) JSONValue.parse(line), documents, configuration));
        }
        out.flush();
    }

    private static String answer(String text, List<?> documents, Configuration configuration) {
        JsonPath path;
        try {
            path = JsonPath.compile(text);
        } catch (RuntimeException e) {
            return "{\"unread\":" + quoted(e) + "}";
        }
        StringBuilder answers = new StringBuilder("[");
        for (Object document : documents) {
            if (answers.length() > 1) {
                answers.append(',');
            }
            try {
                Object value = path.read(document, configuration);
                answers.append("{\"value\":").append(JSONValue.toJSONString(value, JSONStyle.NO_COMPRESS)).append('}');
            } catch (RuntimeException e) {
                answers.append("{\"failed\":").append(quoted(e)).append('}');
            }
        }
        return answers.append(']').toString();
    }

    private static String quoted(Throwable failure) {
        return '"' + JSONObject.escape(String.valueOf(failure.getMessage())) + '"';
    }
}
