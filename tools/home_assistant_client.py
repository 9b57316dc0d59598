"""A thin client of Home Assistant's HTTP and WebSocket interfaces.

It asks for what a browser asks for: onboarding, log-in, flows, states and services.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from typing import Any, Final, Self

import aiohttp

_TIMEOUT: Final = aiohttp.ClientTimeout(total=60.0)

type Json = Any
"""What came out of JSON: its shape is Home Assistant's to change."""


class RequestError(Exception):
    """Home Assistant did not answer, or refused; the text says what it said."""

    def __init__(self, message: str, status: int | None = None) -> None:
        """Keep the HTTP status, if there was an answer."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who logs in."""

    name: str
    username: str
    password: str


class HomeAssistantClient:
    """A session with one Home Assistant; use it as an async context manager."""

    def __init__(self, url: str) -> None:
        """Prepare for the Home Assistant at `url`, without a path or final slash."""
        self.url = url
        self.tokens: dict[str, Json] = {}
        """What the log-in gave: `access_token`, `refresh_token`, `expires_in`, ..."""
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session."""
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    @property
    def client_id(self) -> str:
        """Who this client says it is: the page that Home Assistant itself serves."""
        return f"{self.url}/"

    async def get(self, path: str) -> Json:
        """Return the answer to `GET /api/{path}`."""
        return await self._request("GET", f"/api/{path}")

    async def post(self, path: str, body: Mapping[str, Json] | None = None) -> Json:
        """Return the answer to `POST /api/{path}` with a JSON body."""
        return await self._request("POST", f"/api/{path}", json=body or {})

    async def delete(self, path: str) -> Json:
        """Return the answer to `DELETE /api/{path}`."""
        return await self._request("DELETE", f"/api/{path}")

    async def _request(self, method: str, path: str, **arguments: Json) -> Json:
        if self._session is None:
            raise RequestError("The client is not open.")
        headers = {}
        if "access_token" in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        try:
            async with self._session.request(
                method, f"{self.url}{path}", headers=headers, **arguments
            ) as response:
                text = await response.text()
                if response.status >= 400:
                    raise RequestError(
                        f"{method} {path}: {response.status} {text}", response.status
                    )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise RequestError(f"{method} {path}: {error}") from error
        return json.loads(text) if text else None

    async def is_there(self) -> bool:
        """Return whether Home Assistant serves its pages."""
        try:
            await self._request("GET", "/manifest.json")
        except RequestError:
            return False
        return True

    async def onboarding_steps(self) -> set[str]:
        """Return what is left to do of a first start: nothing once it is done."""
        try:
            steps = await self.get("onboarding")
        except RequestError as failure:
            if failure.status == 404:
                return set()
            raise
        return {step["step"] for step in steps if not step["done"]}

    async def onboard(self, account: Account) -> None:
        """Be logged in, after going through what is left of a first start's pages."""
        steps = await self.onboarding_steps()
        if "user" in steps:
            user = await self.post(
                "onboarding/users",
                {
                    "client_id": self.client_id,
                    "name": account.name,
                    "username": account.username,
                    "password": account.password,
                    "language": "en",
                },
            )
            await self._exchange(user["auth_code"])
        else:
            await self.log_in(account)
        for step in ("core_config", "analytics"):
            if step in steps:
                await self.post(f"onboarding/{step}")
        if "integration" in steps:
            await self.post(
                "onboarding/integration",
                {"client_id": self.client_id, "redirect_uri": self.client_id},
            )

    async def log_in(self, account: Account) -> None:
        """Log in with name and password, as on the log-in page."""
        step = await self._request(
            "POST",
            "/auth/login_flow",
            json={
                "client_id": self.client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self.client_id,
            },
        )
        result = await self._request(
            "POST",
            f"/auth/login_flow/{step['flow_id']}",
            json={
                "client_id": self.client_id,
                "username": account.username,
                "password": account.password,
            },
        )
        if result["type"] != "create_entry":
            raise RequestError(f"The log-in of {account.username} was refused.")
        await self._exchange(result["result"])

    async def _exchange(self, code: str) -> None:
        self.tokens = await self._request(
            "POST",
            "/auth/token",
            data={
                "client_id": self.client_id,
                "grant_type": "authorization_code",
                "code": code,
            },
        )

    async def state(self, entity_id: str) -> dict[str, Json]:
        """Return the state of an entity with its attributes and times."""
        state: dict[str, Json] = await self.get(f"states/{entity_id}")
        return state

    async def set_state(
        self, entity_id: str, state: object, attributes: Mapping[str, Json]
    ) -> None:
        """Write a state, as a script that feeds a sensor over REST does."""
        await self.post(
            f"states/{entity_id}", {"state": str(state), "attributes": dict(attributes)}
        )

    async def call_service(self, service: str, **data: Json) -> None:
        """Call `domain.service` and wait until it is done."""
        await self.post(f"services/{service.replace('.', '/')}", data)

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[WebSocket]:
        """Open a WebSocket connection that is logged in."""
        if self._session is None:
            raise RequestError("The client is not open.")
        async with self._session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        ) as connection:
            await connection.receive_json()
            await connection.send_json(
                {"type": "auth", "access_token": self.tokens["access_token"]}
            )
            if (answer := await connection.receive_json())["type"] != "auth_ok":
                raise RequestError(f"The WebSocket log-in was refused: {answer}")
            socket = WebSocket(connection)
            try:
                yield socket
            finally:
                await socket.close()


class WebSocket:
    """An open WebSocket connection: commands with their results, and subscriptions."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Take over a connection that is logged in."""
        self._connection = connection
        self._last_id = 0
        self._results: dict[int, asyncio.Future[Json]] = {}
        self._events: dict[int, asyncio.Queue[Json]] = {}
        self._reader = asyncio.create_task(self._read())

    async def command(self, type_: str, **arguments: Json) -> Json:
        """Send a command and return its result."""
        self._last_id += 1
        return await self._send(self._last_id, type_, arguments)

    async def subscribe(
        self, type_: str = "subscribe_events", **arguments: Json
    ) -> asyncio.Queue[Json]:
        """Subscribe, and return the queue that the events come in."""
        self._last_id += 1
        # Events may come before the result does.
        queue = self._events[self._last_id] = asyncio.Queue[Json]()
        await self._send(self._last_id, type_, arguments)
        return queue

    async def _send(self, id_: int, type_: str, arguments: Mapping[str, Json]) -> Json:
        if self._reader.done():
            raise RequestError("The WebSocket connection is closed.")
        result = self._results[id_] = asyncio.get_running_loop().create_future()
        await self._connection.send_json({"id": id_, "type": type_, **arguments})
        answer = await result
        if not answer["success"]:
            raise RequestError(f"{type_}: {answer['error']['message']}")
        return answer["result"]

    async def _read(self) -> None:
        async for message in self._connection:
            content = json.loads(message.data)
            for part in content if isinstance(content, list) else [content]:
                if part["type"] == "event":
                    self._events[part["id"]].put_nowait(part["event"])
                elif waiting := self._results.pop(part["id"], None):
                    waiting.set_result(part)
        for waiting in self._results.values():
            waiting.set_exception(RequestError("The WebSocket connection was closed."))

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()
        await self._reader


class Flow:
    """A config, options or subentry flow, answered step by step as in the browser."""

    def __init__(self, client: HomeAssistantClient, path: str, step: Json) -> None:
        """Continue at `step`, the last answer of Home Assistant."""
        self._client = client
        self._path = path
        self.step: dict[str, Json] = step
        """The last answer: `type`, `step_id`, `data_schema`, `errors`, ..."""

    async def submit(self, **user_input: Json) -> Self:
        """Fill in the form, or choose from the menu with `next_step_id`."""
        self.step = await self._client.post(
            f"{self._path}/{self.step['flow_id']}", user_input
        )
        return self

    @property
    def problem(self) -> str:
        """What Home Assistant has against the last answer, in its own keys."""
        problems = {
            "reason": self.step.get("reason"),
            **(self.step.get("errors") or {}),
            **(self.step.get("description_placeholders") or {}),
        }
        return ", ".join(f"{key}: {text}" for key, text in problems.items() if text)

    def created_entry(self) -> dict[str, Json]:
        """Return what the finished flow made; raise if it has not."""
        if self.step["type"] != "create_entry":
            raise RequestError(f"The flow did not create anything: {self.problem}")
        result: dict[str, Json] = self.step.get("result", {})
        return result


async def start_config_flow(
    client: HomeAssistantClient, domain: str, *, entry_id: str | None = None
) -> Flow:
    """Add an integration, or reconfigure the entry that is named."""
    path = "config/config_entries/flow"
    body: dict[str, Json] = {"handler": domain, "show_advanced_options": False}
    if entry_id is not None:
        body["entry_id"] = entry_id
    return Flow(client, path, await client.post(path, body))


async def start_subentry_flow(
    client: HomeAssistantClient, entry_id: str, subentry_type: str
) -> Flow:
    """Add a subentry."""
    path = "config/config_entries/subentries/flow"
    return Flow(
        client, path, await client.post(path, {"handler": [entry_id, subentry_type]})
    )
