"""What the parts of the bot share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.cli.timings import Timings
from bot.core.access import Access
from bot.core.catalogue.catalogue import Catalogue
from bot.core.chat import Messenger
from bot.core.clock import Clock, Ids
from bot.core.images.library import ImageLibrary
from bot.core.jobs.progress import Shown
from bot.core.jobs.told import Told
from bot.core.model import Job
from bot.core.ports import ImageProvider
from bot.core.precedence import Precedence
from bot.core.rules.limits import QuotaPolicy
from bot.core.tasks import Tasks
from bot.settings import Settings
from storage import Storage


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Parts:
    """Each is there once. `messengers` and `access` are by the platform's name."""

    settings: Settings
    storage: Storage
    provider: ImageProvider
    timings: Timings
    clock: Clock
    catalogue: Catalogue
    library: ImageLibrary
    messengers: Mapping[str, Messenger]
    access: Mapping[str, Access]
    precedence: Precedence
    test_pictures: bool
    """Whether the bot draws by itself."""
    on_shown: Callable[[Job], None]
    """Gets each job whose outcome people see."""
    shown: dict[str, Shown] = field(default_factory=dict)
    """Where jobs are shown, by their ids."""
    tasks: Tasks = field(default_factory=Tasks)
    ids: Ids = field(default_factory=Ids)

    @property
    def policy(self) -> QuotaPolicy:
        """The limits that the operator has set."""
        settings = self.settings
        return QuotaPolicy(
            images=settings.quota_images,
            period=settings.quota_period,
            zone=ZoneInfo(settings.quota_timezone),
            open_jobs=settings.max_open_jobs_per_user,
            backlog=settings.max_waiting_jobs,
            budget=settings.budget_images,
        )

    @property
    def told(self) -> Told:
        """Looks up the facts of a job that people read and that aren't stored."""
        return Told(ledger=self.storage.jobs, policy=self.policy, catalogue=self.catalogue, now=self.clock.now)

    def may_draw(self) -> bool:
        """Return whether an image that is drawn now can be kept."""
        return self.storage.conditions["images"].works
