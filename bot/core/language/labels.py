"""The labels of buttons."""

from collections.abc import Mapping

from bot.core.message import marked
from bot.core.model import Action

ACTIONS: Mapping[Action, str] = {
    Action.AGAIN: marked("Again"),
    Action.EDIT: marked("Edit prompt"),
    Action.CANCEL: marked("Cancel"),
    Action.STOP: marked("Stop"),
    Action.SHOW: marked("Show images"),
    Action.SHOW_AGAIN: marked("Show again"),
    Action.SHARE: marked("Share"),
    Action.DELETE: marked("Delete"),
    Action.PAGE: marked("More"),
    Action.JOIN: marked("Join and draw"),
    Action.DIRECTLY: marked("Draw in a direct message"),
    Action.TRY_AGAIN: marked("Try again"),
    Action.UNCLEAR: marked("Unknown"),
}
