"""Mail that comes back: signed return paths, two ways in, and what is read out of it."""

from services.distribution.adapters.bounces.intake import Intake
from services.distribution.adapters.bounces.listener import Listener
from services.distribution.adapters.bounces.mailbox import FolderOverImap, Poll
from services.distribution.adapters.bounces.reading import read
from services.distribution.adapters.bounces.return_paths import ReturnPaths
from services.distribution.adapters.bounces.suppressed import Suppressed

__all__ = ["FolderOverImap", "Intake", "Listener", "Poll", "ReturnPaths", "Suppressed", "read"]
