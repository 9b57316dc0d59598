"""Print the packages that the installed Home Assistant wants at its first start.

Home Assistant installs the packages of its integrations when it first needs them. A test
or a demo that starts it must not wait for that, nor need the network, so `scripts/lock`
writes the answer of this module into the lock files.
"""

import json
from pathlib import Path

import homeassistant
from homeassistant import bootstrap
from homeassistant.auth.mfa_modules import totp

# What our configurations switch on, beside what every Home Assistant starts.
CONFIGURED = frozenset(
    {
        "config",
        "energy",
        "frontend",
        "history",
        "http",
        "logbook",
        "lovelace",
        "recorder",
    }
)
# Started first when it is configured, which it is not.
OPTIONAL = frozenset({"sentry"})


def boot_requirements() -> set[str]:
    """Return the pinned packages of all integrations that start, as manifests say."""
    components = Path(homeassistant.__file__).parent / "components"
    waiting = (
        set(bootstrap.CORE_INTEGRATIONS)
        | set(bootstrap.DEFAULT_INTEGRATIONS)
        | set(bootstrap.LOGGING_AND_HTTP_DEPS_INTEGRATIONS)
        | CONFIGURED
    ) - OPTIONAL
    seen: set[str] = set()
    # The one module of the core, not an integration, that brings packages of its own.
    requirements = set(totp.REQUIREMENTS)
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        path = components / domain / "manifest.json"
        if not path.is_file():  # entity platforms of the core have no manifest
            continue
        manifest = json.loads(path.read_text(encoding="utf-8"))
        requirements.update(manifest.get("requirements", []))
        # Home Assistant installs for those that would only be started first, too.
        related = {
            *manifest.get("dependencies", []),
            *manifest.get("after_dependencies", []),
        }
        waiting |= related - seen
    return requirements


if __name__ == "__main__":
    print("# Written by scripts/lock: what Home Assistant would install at its start.")
    print(*sorted(boot_requirements(), key=str.lower), sep="\n")
