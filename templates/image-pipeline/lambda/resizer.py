"""Makes the thumbnail of one picture: here its measures alone.

Input    picture {name, width, height, simulation (optional)}, attempt (0 on the first try)
Output   picture, width, height

`picture.simulation` is "ok" or "busy-once"; without it chance decides, at the rate in FAILURE_RATE.
"""

import os
import random

from pictures import thumbnail

LARGEST_EDGE = int(os.environ.get("LARGEST_EDGE", "320"))
FAILURE_RATE = float(os.environ.get("FAILURE_RATE", "0"))


class PictureBusy(Exception):
    """The picture is being written. The workflow's Retry names this error."""


def lambda_handler(event, context):
    picture = event["picture"]
    simulation = picture.get("simulation")
    if event.get("attempt", 0) == 0 and (simulation == "busy-once" or (simulation is None and random.random() < FAILURE_RATE)):
        raise PictureBusy(f"{picture['name']} is being written")
    width, height = thumbnail(picture["width"], picture["height"], LARGEST_EDGE)
    print(f"{picture['name']}: {picture['width']}x{picture['height']} to {width}x{height}")
    return {"picture": picture["name"], "width": width, "height": height}
