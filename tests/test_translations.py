"""Every language says all that English says, in its own words."""

from collections.abc import Mapping
import re

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import MAX_LENGTH_STATE_STATE
from homeassistant.core import HomeAssistant
import pytest

from .integration.homes import Home, make_entry
from .metadata import PLACEHOLDER, TRANSLATIONS, english, leaves, load_json

LANGUAGES = sorted(path.stem for path in TRANSLATIONS.glob("*.json"))
OTHER_LANGUAGES = [language for language in LANGUAGES if language != "en"]
PROMISED = {"de", "en", "es", "fr", "nb", "nl", "sl", "sv"}

ENTITY_NAME = re.compile(r"(entity\.\w+)\.\w+\.name")
WORD = re.compile(r"[^\W\d_]+")
# Names and units are the same everywhere, sentences are not.
MOST_WORDS_IN_COMMON = 3

SAMPLES = {
    "circuit": "Garage behind the house",
    "current": "10.5",
    "missing": "1200",
    "shown": "31.9",
    "name": "Charger at the left",
    "phase": "L2",
    "seconds": "120",
    "time": "14:05:30",
    "load": "100.5",
    "capacity": "100.5",
    "window": "600",
    "left": "12345",
    "takes": "31.5",
    "reserved": "100.5 kW",
    "price": "0.2345",
    "price_now": "0.2346",
    "currency": "EUR",
}
LIMITS = ("_now", "_lately", "_grid")
WITH_A_LIMIT = ("share", "queue", "ramp_up")
SENTENCES = {
    "charging",
    "named",
    "no_charger",
    "plan_done",
    "stopped",
    "told_to_stop",
    "with_end",
    "with_limit",
    "with_outlook",
    "with_reserved",
}
OUTLOOKS = {
    "rises_at",
    "rises_at_on_phase",
    "rises_when_free",
    "rises_when_phase_free",
    "starts_at",
    "starts_at_on_phase",
    "starts_when_free",
    "starts_when_phase_free",
}


def texts_of(language: str) -> dict[str, str]:
    return leaves(load_json(TRANSLATIONS / f"{language}.json"))


def placeholders(texts: Mapping[str, str]) -> dict[str, list[str]]:
    return {path: sorted(PLACEHOLDER.findall(text)) for path, text in texts.items()}


def test_the_promised_languages_are_there() -> None:
    assert set(LANGUAGES) >= PROMISED


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_language_has_the_same_texts(language: str) -> None:
    texts = texts_of(language)
    assert set(texts) == set(leaves(english()))
    assert placeholders(texts) == placeholders(leaves(english()))


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_language_keeps_the_paragraphs(language: str) -> None:
    # Markdown makes an example of what stands alone between two blank lines.
    expected = leaves(english())
    assert {
        path: text
        for path, text in texts_of(language).items()
        if text.count("\n\n") != expected[path].count("\n\n")
    } == {}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_no_sentence_is_left_in_english(language: str) -> None:
    expected = leaves(english())
    assert {
        path: text
        for path, text in texts_of(language).items()
        if text == expected[path]
        and len(WORD.findall(PLACEHOLDER.sub("", text))) > MOST_WORDS_IN_COMMON
    } == {}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_what_differs_in_english_differs(language: str) -> None:
    # Two choices of a list, or two entities of a device, must be told apart.
    expected = leaves(english())
    shown: dict[tuple[str, str], set[str]] = {}
    for path, text in texts_of(language).items():
        names = ENTITY_NAME.fullmatch(path)
        table = names[1] if names else path.rpartition(".")[0]
        shown.setdefault((table, text), set()).add(expected[path])
    assert {where: texts for where, texts in shown.items() if len(texts) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain(language: str) -> None:
    # Links would need translating with the text; they come in as placeholders.
    marked = re.compile(r"https?://|</?[a-z]+>|\[%key:")
    # An apostrophe before a brace makes the frontend show the placeholder's name.
    quoted = re.compile(r"'[{}]")
    assert {
        path: text
        for path, text in texts_of(language).items()
        if not text
        or text != text.strip()
        or marked.search(text)
        or quoted.search(text)
    } == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_explanation_fits_into_a_state(language: str) -> None:
    path = "selector.explanation.options."
    texts = {
        name.removeprefix(path): text
        for name, text in texts_of(language).items()
        if name.startswith(path)
    }
    filled = {
        key: text.format_map(SAMPLES)
        for key, text in texts.items()
        if key not in SENTENCES
    }
    reasons = [filled[key] for key in filled.keys() - OUTLOOKS]
    limits = [text for key, text in filled.items() if key.endswith(LIMITS)]
    limits += [
        texts["with_end"].format_map(SAMPLES | {"limit": filled[key], "time": "14:05"})
        for key in ("import_cap_now", "import_cap_lately")
    ]
    limit = texts["with_reserved"].format_map(SAMPLES | {"limit": max(limits, key=len)})
    reasons += [
        texts["with_limit"].format(reason=filled[key], limit=limit)
        for key in WITH_A_LIMIT
    ]
    planned = SAMPLES | {"reason": filled["plan_price"]}
    reasons.append(texts["plan_done"].format_map(planned))
    reason = max(reasons, key=len)
    outlook = max((filled[key] for key in OUTLOOKS), key=len)
    for key in ("charging", "stopped", "told_to_stop"):
        sentence = texts[key].format_map(SAMPLES | {"reason": reason})
        sentence = texts["with_outlook"].format(sentence=sentence, outlook=outlook)
        whole = texts["named"].format_map(SAMPLES | {"sentence": sentence})
        assert len(whole) <= MAX_LENGTH_STATE_STATE, whole


@pytest.mark.parametrize(
    ("language", "charging", "stopped"),
    [
        (
            "de",
            "18 A: L1 trägt ohne Autos 13 von 32 A",
            "gestoppt, L1 trägt ohne Autos 39,1 von 32 A",
        ),
        (
            "nl",
            "18 A: L1 draagt zonder auto's 13 van 32 A",
            "gestopt, L1 draagt zonder auto's 39,1 van 32 A",
        ),
        (
            "sv",
            "18 A: L1 belastas med 13 av 32 A utan bilar",
            "stoppad, L1 belastas med 39,1 av 32 A utan bilar",
        ),
        # No language that we have: Home Assistant falls back to English.
        (
            "is",
            "18 A: L1 carries 13 of 32 A without cars",
            "stopped, L1 carries 39.1 of 32 A without cars",
        ),
    ],
)
@pytest.mark.usefixtures("enable_custom_integrations")
async def test_the_reason_is_told_in_the_language_of_home_assistant(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    language: str,
    charging: str,
    stopped: str,
) -> None:
    hass.config.language = language
    home = Home(hass, freezer, make_entry())
    await home.start_charging()
    assert home.charger_state("sensor", "reason") == charging

    await home.report(9000 + 18 * 230)

    assert home.charger_state("sensor", "reason").split(";")[0] == stopped
