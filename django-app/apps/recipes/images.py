"""What may be stored as a recipe's image."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from PIL import Image, UnidentifiedImageError


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


def identify(file: File) -> ImageType:
    """Return the type of an image by its content; its name and declared type don't count.

    Raises ValidationError when it is too large, of another type, or damaged.
    """
    if file.size > settings.MAX_IMAGE_BYTES:
        raise ValidationError(f"The image exceeds {settings.MAX_IMAGE_BYTES} bytes.")
    try:
        with Image.open(file, formats=tuple(TYPES)) as image:
            kind = image.format
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
    return TYPES[kind]
