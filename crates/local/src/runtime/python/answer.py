"""What a handler's result and its errors look like on the wire, as Lambda's Python runtime writes them."""
import decimal
import json
import math
import os

# The runtimes that escape what is not ASCII.
ESCAPING = {"AWS_Lambda_python3.%d" % minor for minor in range(6, 12)}

# A larger error than this is cut; a larger result is an error. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST = 6291556
# Of one log event, in characters.
LONGEST_LOG = 200_000


class Fault(Exception):
    """The runtime's own errors: `Runtime.ImportModuleError` and its kin."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


class Writer:
    def __init__(self, execution):
        self.escaping = execution in ESCAPING
        self.encoder = json.JSONEncoder(ensure_ascii=self.escaping, default=self.other)

    def result(self, result):
        if isinstance(result, bytes):
            return result
        try:
            return self.text(result).encode("utf-8", "surrogatepass")
        except MemoryError:
            raise
        except Exception as error:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)

    def text(self, value):
        """JSON as simplejson writes it: a Decimal with its digits, bytes as text, a named tuple as an object."""
        try:
            text, numbers = self.dump(value)
            if has_named_tuple(value):
                text, numbers = self.dump(plain(value))
        except TypeError:
            if not has_bytes_key(value):
                raise
            text, numbers = self.dump(plain(value))
        for name, number in numbers.items():
            text = text.replace('"%s"' % name, number, 1)
        return text

    def dump(self, value):
        """The text, and what stands for each of the numbers whose digits json would not keep."""
        numbers = self.numbers = {}
        return self.encoder.encode(value), numbers

    def other(self, value):
        if isinstance(value, decimal.Decimal):
            if value.is_nan():
                return math.nan
            if not self.numbers:
                self.mark = os.urandom(12).hex()
            name = "%s:%d" % (self.mark, len(self.numbers))
            self.numbers[name] = str(value)
            return name
        if isinstance(value, bytes):
            return value.decode("utf-8")
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)

    def failure(self, kind, message, request_id, trace):
        """The log event and the error object."""
        log = "[ERROR] %s: %s" % (kind, message) if message else "[ERROR] %s" % kind
        lines = [log, "Traceback (most recent call last):"]
        for part in trace:
            for line in part.splitlines():
                stripped = line.lstrip(" ")
                lines.append("\u00a0" * (len(line) - len(stripped)) + stripped)
        object = {
            "errorMessage": message,
            "errorType": kind,
            "requestId": request_id,
            "stackTrace": trace,
        }
        payload = self.failure_bytes(object)
        if len(payload) > LARGEST:
            object["stackTrace"] = [line[:LONGEST_LOG] for line in trace[:20]]
            payload = self.failure_bytes(object)
        while len(payload) > LARGEST:
            object["errorMessage"] = message = message[: int(len(message) * 0.99 * LARGEST / len(payload))]
            payload = self.failure_bytes(object)
        return "\n".join(lines)[:LONGEST_LOG].encode("utf-8", "replace").decode(), payload

    def failure_bytes(self, object):
        return json.dumps(object, ensure_ascii=self.escaping).encode("utf-8", "backslashreplace")


# Types whose values hold no others.
PLAIN = frozenset((str, int, float, bool, type(None)))


def parts(value):
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def anywhere(value, found):
    """Whether something holds anywhere in a value; one that holds itself is never met here."""
    left, seen = [value], 0
    while left:
        one = left.pop()
        if found(one):
            return True
        for part in parts(one):
            if type(part) not in PLAIN:
                left.append(part)
        seen += 1
        if seen > 10_000_000:
            return False
    return False


def has_named_tuple(value):
    return anywhere(value, is_named_tuple)


def is_named_tuple(one):
    return isinstance(one, tuple) and callable(getattr(one, "_asdict", None))


def has_bytes_key(value):
    return anywhere(value, lambda one: isinstance(one, dict) and any(isinstance(key, bytes) for key in one))


def plain(value):
    """The value with objects for named tuples and text for keys that are bytes."""
    if isinstance(value, dict):
        return {key.decode("utf-8") if isinstance(key, bytes) else key: plain(part) for key, part in value.items()}
    if is_named_tuple(value):
        return plain(value._asdict())
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value
