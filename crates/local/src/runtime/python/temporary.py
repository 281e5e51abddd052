"""`/tmp` as a worker's own folder where the kernel cannot make it so: Python's own calls are led there.

Programs that a handler starts, and libraries that open files by themselves, see the machine's `/tmp`.
"""
import builtins
import functools
import io
import os
import sys

LITERAL = "/tmp"
# By how many leading arguments are paths.
ONE = "open mkdir rmdir listdir scandir stat lstat statvfs unlink remove chmod chown utime access truncate readlink chdir mkfifo".split()
TWO = "rename replace link symlink".split()


def redirect(folder, kept):
    """Leads every path below `/tmp` into the folder, but for those in `kept`, for the rest of this process."""
    kept = [one.rstrip("/") for one in [folder] + kept if one.startswith(LITERAL + "/")]

    def led(path):
        if isinstance(path, int):
            return path
        try:
            text = os.fspath(path)
        except TypeError:
            return path
        name = os.fsdecode(text)
        if name != LITERAL and not name.startswith(LITERAL + "/"):
            return path
        if any(name == one or name.startswith(one + "/") for one in kept):
            return path
        name = folder + name[len(LITERAL):]
        return os.fsencode(name) if isinstance(text, bytes) else name

    def wrapped(function, count):
        @functools.wraps(function)
        def leading(*arguments, **settings):
            return function(*(led(one) for one in arguments[:count]), *arguments[count:], **settings)

        return leading

    for names, count in ((ONE, 1), (TWO, 2)):
        for name in names:
            if hasattr(os, name):
                setattr(os, name, wrapped(getattr(os, name), count))
    # What is asked whether a call supports something must know the new one.
    for name in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks", "supports_effective_ids"):
        known = getattr(os, name, None)
        if isinstance(known, set):
            known.update(getattr(os, one) for one in ONE + TWO if hasattr(os, one) and getattr(getattr(os, one), "__wrapped__", None) in known)
    builtins.open = io.open = wrapped(io.open, 1)
    if "sqlite3" in sys.modules:
        sys.modules["sqlite3"].connect = wrapped(sys.modules["sqlite3"].connect, 1)
