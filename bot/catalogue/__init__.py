"""What each image model accepts, costs and returns: a built-in table, and the gateway's live list."""

from bot.catalogue.body import body
from bot.catalogue.catalogue import Catalogue
from bot.catalogue.models import KNOWN, ImageModel, image_model

__all__ = ["KNOWN", "Catalogue", "ImageModel", "body", "image_model"]
