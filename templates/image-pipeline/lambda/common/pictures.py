"""What both functions know of pictures."""


def thumbnail(width, height, largest_edge):
    """Width and height that fit into a square of the largest edge, in the same proportion, never enlarged."""
    scale = min(1, largest_edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def is_picture(picture):
    """Whether it has a name and two sides."""
    return bool(picture.get("name")) and picture.get("width", 0) > 0 and picture.get("height", 0) > 0
