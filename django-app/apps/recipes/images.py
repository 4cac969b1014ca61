"""What may be stored as a recipe's image, and how its thumbnail is made."""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from PIL import Image, ImageOps, UnidentifiedImageError


@dataclass(frozen=True)
class ImageType:
    extension: str
    content_type: str


# Pillow's names. It reads many more formats, some through external programs.
TYPES = {
    "JPEG": ImageType("jpg", "image/jpeg"),
    "PNG": ImageType("png", "image/png"),
    "WEBP": ImageType("webp", "image/webp"),
}
THUMBNAIL = TYPES["WEBP"]
THUMBNAIL_SIZE = (480, 480)  # pixels at most; twice the width of a card, for dense displays


def identify(file: File[bytes]) -> ImageType:
    """Return the type of an image by its content; its name and declared type don't count.

    Raises ValidationError when it is too large, of another type, or damaged.
    """
    if file.size > settings.MAX_IMAGE_BYTES:
        raise ValidationError(f"The image exceeds {settings.MAX_IMAGE_BYTES} bytes.")
    try:
        with Image.open(file, formats=tuple(TYPES)) as image:
            kind = TYPES[str(image.format)]
            if image.width * image.height > settings.MAX_IMAGE_PIXELS:
                raise ValidationError(f"The image exceeds {settings.MAX_IMAGE_PIXELS} pixels.")
            image.draft("RGB", (1, 1))  # a JPEG decodes at an eighth of its size
            image.load()  # only decoding finds a damaged or truncated image
    except UnidentifiedImageError:
        raise ValidationError(f"Not an image of type {', '.join(TYPES)}.") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise ValidationError("The image is damaged.") from None
    finally:
        file.seek(0)
    return kind


def thumbnail_name(image: str) -> str:
    """Return the name of the thumbnail of a stored image."""
    return f"{image.rpartition('.')[0]}-thumbnail.{THUMBNAIL.extension}"


def thumbnail(file: File[bytes]) -> bytes:
    """Return a small upright copy without the original's metadata, such as where it was taken."""
    with Image.open(file, formats=tuple(TYPES)) as image:
        image.draft("RGB", (2 * THUMBNAIL_SIZE[0], 2 * THUMBNAIL_SIZE[1]))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail(THUMBNAIL_SIZE)
        small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    small.info.clear()
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80)
    return out.getvalue()
