"""The demo's dashboard, made of Home Assistant's own cards."""

from collections.abc import Iterable, Mapping
from typing import Final

from tools.home_assistant_client import HomeAssistantClient, Json, WebSocket

from .home import SimulatedHome

URL_PATH: Final = "ev-load-balancer"
TITLE: Final = "EV load balancer"
PHASES: Final = ("l1", "l2", "l3")
GRAPH_MINUTES: Final = 5
# A gauge shows what is above the fuse, too.
GAUGE_SPAN: Final = 1.4
NEARLY_FULL: Final = 0.8

type Card = dict[str, Json]


async def make_dashboard(client: HomeAssistantClient, home: SimulatedHome) -> None:
    """Make the dashboard, or make it anew, and let everybody see it first."""
    state = await client.state(home.site["service_current"])
    view = dashboard_view(home, float(state["state"]))
    async with client.websocket() as socket:
        await _ensure_dashboard(socket)
        await socket.command(
            "lovelace/config/save",
            url_path=URL_PATH,
            config={"title": TITLE, "views": [view]},
        )
        await socket.command(
            "frontend/set_system_data", key="core", value={"default_panel": URL_PATH}
        )


async def _ensure_dashboard(socket: WebSocket) -> None:
    dashboards = await socket.command("lovelace/dashboards/list")
    if all(dashboard["url_path"] != URL_PATH for dashboard in dashboards):
        await socket.command(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title=TITLE,
            icon="mdi:ev-station",
            show_in_sidebar=True,
            require_admin=False,
        )


def dashboard_view(home: SimulatedHome, service_current_a: float) -> Card:
    """Return the one view, for a main fuse of so many A."""
    return {
        "title": TITLE,
        "type": "sections",
        "max_columns": 3,
        "sections": [
            _section("Grid connection", _grid_cards(home, service_current_a)),
            _section("Car", _car_cards(home)),
            _section("Try it", _toy_cards(home)),
        ],
    }


def _section(title: str, cards: Iterable[Card]) -> Card:
    heading = {"type": "heading", "heading": title}
    return {"type": "grid", "cards": [heading, *cards]}


def _grid_cards(home: SimulatedHome, service_current_a: float) -> Iterable[Card]:
    for phase in PHASES:
        yield {
            "type": "gauge",
            "entity": home.plant[f"meter_{phase}"],
            "name": phase.upper(),
            "min": 0,
            "max": round(service_current_a * GAUGE_SPAN),
            "needle": True,
            "segments": [
                {"from": 0, "color": "var(--success-color)"},
                {
                    "from": service_current_a * NEARLY_FULL,
                    "color": "var(--warning-color)",
                },
                {"from": service_current_a, "color": "var(--error-color)"},
            ],
            "grid_options": {"columns": 4},
        }
    yield from _graph(
        "On each phase",
        {
            **{home.plant[f"meter_{phase}"]: phase.upper() for phase in PHASES},
            home.site["service_current"]: "Main fuse",
        },
    )


def _car_cards(home: SimulatedHome) -> Iterable[Card]:
    yield _tile(home.charger["current_set"], "Set")
    yield _tile(home.plant["car_current"], "Drawn")
    yield _tile(home.charger["limiting_factor"], "Limited by", "mdi:car-speed-limiter")
    yield _tile(home.site["balancer_state"], "Balancer", "mdi:scale-balance")
    yield {
        "type": "markdown",
        "content": f"{{{{ states('{home.charger['reason']}') }}}}",
        "grid_options": {"columns": "full"},
    }
    yield from _graph(
        "Set and drawn",
        {home.charger["current_set"]: "Set", home.plant["car_current"]: "Drawn"},
    )


def _toy_cards(home: SimulatedHome) -> Iterable[Card]:
    yield _toggle(home.plant["car_plugged_in"], "Car plugged in")
    yield _toggle(home.plant["meter_connected"], "Meter connected")
    yield _toggle(home.site["enabled"], "Load balancing")
    yield {
        **_tile(home.charger["max_charger_current"], "Charger maximum"),
        "features": [{"type": "numeric-input", "style": "buttons"}],
        "grid_options": {"columns": "full"},
    }
    yield _subtitle("How it went")
    yield _tile(home.plant["energy_delivered"], "Energy")
    yield _tile(home.plant["peak_current"], "Highest current")
    yield _tile(home.plant["car_overload_time"], "Above the fuse", "mdi:timer-alert")
    yield _tile(home.plant["car_breaker_trips"], "Trips by the car", "mdi:fuse-alert")


def _tile(entity_id: str, name: str, icon: str | None = None) -> Card:
    card: Card = {"type": "tile", "entity": entity_id, "name": name}
    if icon is not None:
        card["icon"] = icon
    return card


def _toggle(entity_id: str, name: str) -> Card:
    return {
        **_tile(entity_id, name),
        "features": [{"type": "toggle"}],
        "features_position": "inline",
        "grid_options": {"columns": "full"},
    }


def _subtitle(text: str) -> Card:
    return {"type": "heading", "heading": text, "heading_style": "subtitle"}


def _graph(title: str, names: Mapping[str, str]) -> Iterable[Card]:
    yield _subtitle(f"{title}, the last {GRAPH_MINUTES} minutes")
    yield {
        "type": "history-graph",
        "hours_to_show": GRAPH_MINUTES / 60,
        "min_y_axis": 0,
        "fit_y_data": True,
        "entities": [
            {"entity": entity_id, "name": name} for entity_id, name in names.items()
        ],
        "grid_options": {"columns": "full"},
    }
