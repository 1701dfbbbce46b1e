"""Which languages are offered, and by which names."""

from pathlib import Path

import pytest

from bot.core.language.catalogues import Catalogues
from bot.core.language.described import Described


@pytest.fixture
def catalogues(tmp_path: Path) -> Catalogues:
    for name in ("ar", "fr", "pt_BR", "qaa", "zh_Hans"):
        (tmp_path / f"{name}.po").touch()
    return Catalogues(tmp_path)


async def test_each_language_has_its_own_name_and_direction(catalogues: Catalogues) -> None:
    assert await catalogues.described() == (
        Described(tag="en", own_name="English", direction="ltr"),
        Described(tag="ar", own_name="العربية", direction="rtl"),
        Described(tag="fr", own_name="Français", direction="ltr"),
        Described(tag="pt-BR", own_name="Português (Brasil)", direction="ltr"),
        Described(tag="qaa", own_name="qaa", direction="ltr"),
        Described(tag="zh-Hans", own_name="中文 (简体)", direction="ltr"),
    )


@pytest.mark.parametrize(
    ("locales", "best"),
    [
        (("de", "fr-CA", "ar"), "fr"),
        (("de", "en-GB", "fr"), "en"),
        (("pt-PT", "fr"), "fr"),
        (("pt-PT", "pt"), "pt_BR"),
        (("zh-Hans-CN",), "zh_Hans"),
        (("f", "", "../fr"), "en"),
        ((), "en"),
    ],
)
def test_the_first_locale_that_a_language_fits_decides(
    catalogues: Catalogues, locales: tuple[str, ...], best: str
) -> None:
    assert catalogues.best(*locales) == best
