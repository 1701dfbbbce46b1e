"""What Slack knows about users: their name and language, and whether they are admins of the workspace."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.slack import parse
from adapters.slack.client import SlackClient
from adapters.slack.interaction import Home, Interaction
from adapters.slack.refusals import translated
from bot.core.clock import Clock
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError, StorageError
from bot.core.language import locale_for, prepare
from bot.core.origin import Profile, User
from bot.core.refusals import Refusal
from bot.core.tasks import Tasks

logger = logging.getLogger(__name__)

# An interaction has to be acknowledged within 3 seconds; most of that time is for the ledger.
_WAIT_SECONDS = 0.7
_PROFILE_KEPT, _ADMIN_KEPT, _GUEST_KEPT = timedelta(days=1), timedelta(minutes=5), timedelta(minutes=10)
_AFTER_A_FAILURE = 60.0
_MOST_KEPT = 10_000
_NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class _Known:
    """What this process knows about one user. Whether they are an admin or a guest is kept nowhere else."""

    profile: Profile | None = None
    admin: bool = False
    guest: bool | None = None
    home: Home = field(default_factory=Home)
    stranger: bool = False
    asked: float = _NEVER
    """When Slack said this, other than the profile, which another process may have asked for."""
    adopted: frozenset[str] = frozenset()
    """Their former ids, one in each workspace. The jobs of these ids are theirs by now."""
    failed: float = _NEVER
    asking: asyncio.Task[None] | None = None
    """Only while it goes on: a task that is over keeps everything that it was begun with."""


class People:
    """Asks users.info once a day about each person who acts, and more often about people who want to act as admins.

    The answers are in the database, for restarts and other processes. While Slack doesn't answer, the last one counts.
    """

    def __init__(
        self,
        client: SlackClient,
        bot: Bot,
        clock: Clock,
        tasks: Tasks,
        *,
        restricted: bool,
        no_files: Callable[[str], str],
    ) -> None:
        self._client, self._bot, self._clock, self._tasks = client, bot, clock, tasks
        self._restricted, self._no_files = restricted, no_files
        self._known: dict[str, _Known] = {}
        self._rate_limited_until = _NEVER

    async def recognised(
        self, interaction: Interaction, *, admin: bool = False, job: str = "", draws: bool = False
    ) -> Interaction:
        """Return the interaction with its user's name and language, and, if `admin`, whether they are an admin.

        Slack isn't asked for that if `job` is their own. If it `draws`, whether they belong to where the app is
        installed, as members or as guests. What isn't known yet is waited for, but not so long that the acknowledgement
        would be late. Then the language is also ready to use.
        """
        known = self._entry(interaction.user_id)
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._adopt(interaction, known)
                admin = admin and not (job and await self._is_own(job, interaction))
                await self._learn(interaction, known, self._kept(admin=admin, draws=draws))
        except TimeoutError:
            logger.info("still asking who %s is", interaction.user)
        profile = known.profile or Profile(id=interaction.user_id)
        locale = locale_for(profile.settings, profile.locale or self.usual_locale())
        await prepare(locale)
        return replace(
            interaction,
            user_name=profile.name or interaction.user_name,
            locale=locale,
            admin=self._is_admin(known) if admin else False,
            outsider=self._is_outside(interaction, known),
            guest=known.guest,
            no_files=self._no_files(interaction.team),
            community_name=self._client.installed.team or "",
        )

    async def _is_own(self, job: str, interaction: Interaction) -> bool:
        try:
            await self._bot.job(job, User(id=interaction.user_id, name=""))
        except (Refusal, StorageError):
            return False
        return True

    def usual_locale(self) -> str:
        """Return the most frequent of the known locales of people; empty if no locale is known.

        It stands for the workspace's own language, which Slack tells no bot.
        """
        known = Counter(each.profile.locale for each in self._known.values() if each.profile and each.profile.locale)
        return next((locale for locale, _ in known.most_common(1)), "")

    def _is_admin(self, known: _Known) -> bool | None:
        """Return what Slack said: at last, if it doesn't answer now; None if it never did."""
        return known.admin if known.asked > _NEVER else None

    def _is_outside(self, interaction: Interaction, known: _Known) -> bool | None:
        """Return whether someone belongs elsewhere: as Slack says of them, else as far as the interaction's ids do.

        The ids alone may name the organisation where someone acts, rather than their own.
        """
        if known.stranger:
            return True
        installed = self._client.installed
        here = installed.team_id or "", installed.enterprise_id or ""
        said = known.home.is_outside(*here)
        return interaction.home.is_outside(*here) if said is None else said

    def _kept(self, *, admin: bool, draws: bool) -> timedelta:
        """Return how old an answer may be, where it decides what someone may do."""
        if admin:
            return _ADMIN_KEPT
        return _GUEST_KEPT if draws and self._restricted else timedelta.max

    async def _adopt(self, interaction: Interaction, known: _Known) -> None:
        """Give a user the jobs that an earlier release kept under another id of theirs: nothing sums over two ids."""
        former = interaction.former_user_id
        if not former or former in known.adopted:
            return
        try:
            await self._bot.adopt(former, interaction.user_id)
        except StorageError as error:
            logger.info("the jobs of %s are still those of %s: %s", interaction.user_id, former, error)
        else:
            known.adopted |= {former}

    def _entry(self, user_id: str) -> _Known:
        if user_id not in self._known and len(self._known) >= _MOST_KEPT:
            del self._known[next(iter(self._known))]
        return self._known.setdefault(user_id, _Known())

    async def _learn(self, interaction: Interaction, known: _Known, kept: timedelta) -> None:
        if not self._is_fresh(known.profile):
            await self._recall(interaction.user_id, known)  # another process may have asked, or this one before
        missing = known.profile is None and self._may_ask(known)
        is_old = kept < timedelta.max and self._passed_since(known.asked) >= kept.total_seconds()
        missing = missing or (is_old and (kept == _ADMIN_KEPT or self._may_ask(known)))
        if not missing and (self._is_fresh(known.profile) or not self._may_ask(known)):
            return
        if known.asking is None:
            known.asking = self._tasks.spawn(self._ask(interaction, known), f"asking who {interaction.user} is")
        if missing:
            await asyncio.wait({known.asking})  # it goes on if this is cut short, and others may wait for it, too

    async def _recall(self, user_id: str, known: _Known) -> None:
        try:
            known.profile = await self._bot.known(user_id) or known.profile
        except StorageError as error:
            logger.info("could not look up %s: %s", user_id, error)

    async def _ask(self, interaction: Interaction, known: _Known) -> None:
        try:
            await self._inquire(interaction, known)
        finally:
            known.asking = None

    async def _inquire(self, interaction: Interaction, known: _Known) -> None:
        try:
            with translated():
                answer = await self._client.api.users_info(user=interaction.user, include_locale=True)
        except DeliveryError as error:
            logger.warning("could not ask who %s is: %s", interaction.user, error)
            known.failed = self._clock.steady()
            if error.retry_after is not None:
                self._rate_limited_until = known.failed + error.retry_after
            return
        said, now = parse.person(answer.get("user") or {}), self._clock.now()
        before = known.profile or Profile(id=interaction.user_id)
        known.profile = replace(before, name=said.name or before.name, locale=said.locale or before.locale, asked=now)
        known.admin, known.guest, known.home, known.stranger = said.admin, said.guest, said.home, said.stranger
        known.asked = self._clock.steady()
        self._tasks.spawn(self._keep(known.profile, now), f"keeping who {interaction.user} is")

    async def _keep(self, profile: Profile, asked: datetime) -> None:
        try:
            await self._bot.remember(profile.id, name=profile.name, locale=profile.locale, asked=asked)
        except StorageError as error:
            logger.info("could not keep who %s is: %s", profile.id, error)

    def _may_ask(self, known: _Known) -> bool:
        rested = self._passed_since(known.failed) >= _AFTER_A_FAILURE
        return rested and self._clock.steady() >= self._rate_limited_until

    def _is_fresh(self, profile: Profile | None) -> bool:
        # An answer from "tomorrow" is from before the clock was set back.
        asked = profile.asked if profile else None
        return asked is not None and abs(self._clock.now() - asked) < _PROFILE_KEPT

    def _passed_since(self, moment: float) -> float:
        return self._clock.steady() - moment
