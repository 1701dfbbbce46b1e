"""What each image model accepts, costs and returns: a built-in table, and the gateway's live list."""

from bot.core.catalogue.catalogue import Catalogue
from bot.core.catalogue.models import KNOWN, ImageModel, image_model

__all__ = ["KNOWN", "Catalogue", "ImageModel", "image_model"]
