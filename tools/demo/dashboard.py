"""The demo's dashboard: the one that the integration makes for each site."""

from typing import Final

from tools.home_assistant_client import HomeAssistantClient, WebSocket

URL_PATH: Final = "ev-load-balancer"
TITLE: Final = "EV load balancer"
STRATEGY: Final = "custom:ev-lb"
HISTORY_HOURS: Final = 1


async def make_dashboard(
    client: HomeAssistantClient, history_hours: float = HISTORY_HOURS
) -> None:
    """Make the dashboard, or make it anew, and let everybody see it first."""
    async with client.websocket() as socket:
        await _ensure_dashboard(socket)
        await socket.command(
            "lovelace/config/save",
            url_path=URL_PATH,
            config={"strategy": {"type": STRATEGY, "history_hours": history_hours}},
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
