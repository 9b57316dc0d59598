"""Serves the card's modules packed: a browser gets a third of their bytes."""

import gzip
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from aiohttp import hdrs, web
from homeassistant.components.http import HomeAssistantView
from homeassistant.components.http.static import CACHE_HEADERS

from custom_components.ev_lb.const import DOMAIN

OWN_URLS: Final = f"/{DOMAIN}/"
STEADY_FOLDER: Final = "frontend"
"""For dashboards whose resources are written by hand: always the newest."""


class PackedModules(HomeAssistantView):
    """Holds all modules of a folder as they are sent.

    Browsers keep what stands under `folder`, so that another version needs another
    one; under the steady folder they ask each time.
    """

    url = f"{OWN_URLS}{{folder}}/{{path:.+\\.js}}"
    name = f"{DOMAIN}:modules"
    requires_auth = False

    def __init__(self, version: str, modules: dict[str, bytes]) -> None:
        """Take the modules by path, packed."""
        self._modules = modules
        found = sha256()
        for path in sorted(modules):
            found.update(modules[path])
        self.folder = f"{version}-{found.hexdigest()[:8]}"

    @classmethod
    def read(cls, version: str, folder: Path) -> Self:
        """Pack the modules of a folder."""
        return cls(
            version,
            {
                path.relative_to(folder).as_posix(): gzip.compress(
                    path.read_bytes(), mtime=0
                )
                for path in folder.rglob("*.js")
            },
        )

    async def get(self, request: web.Request, folder: str, path: str) -> web.Response:
        """Send a module, packed where the browser takes that."""
        packed = self._modules.get(path)
        if packed is None or folder not in (self.folder, STEADY_FOLDER):
            raise web.HTTPNotFound
        headers: dict[str, str] = {hdrs.VARY: hdrs.ACCEPT_ENCODING}
        if folder == self.folder:
            headers.update(CACHE_HEADERS)
        else:
            headers[hdrs.CACHE_CONTROL] = "no-cache"
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = packed
        else:
            body = gzip.decompress(packed)
        return web.Response(
            body=body,
            content_type="text/javascript",
            charset="utf-8",
            headers=headers,
        )
