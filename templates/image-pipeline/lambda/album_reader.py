"""Reads an album and leaves out what is no picture.

Input    album, pictures [{name, width, height} or {name, head: the first bytes of the file, base64}]
Output   album, pictures [{name, width, height, …}], skipped (names of the others)
"""

import base64
import io

import imagesize
from pictures import is_picture


def lambda_handler(event, context):
    pictures = [measured(picture) for picture in event.get("pictures", [])]
    skipped = [picture.get("name", "") for picture in pictures if not is_picture(picture)]
    print(f"album {event.get('album', '')}: {len(pictures)} pictures, {len(skipped)} skipped")
    return {
        "album": event.get("album", ""),
        "pictures": [picture for picture in pictures if is_picture(picture)],
        "skipped": skipped,
    }


def measured(picture):
    """The picture with its measures, out of its first bytes where it brings those."""
    if "head" not in picture:
        return picture
    width, height = imagesize.get(io.BytesIO(base64.b64decode(picture["head"])))
    rest = {name: value for name, value in picture.items() if name != "head"}
    return {**rest, "width": width, "height": height}
