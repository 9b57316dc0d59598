"""Which chargers a fuse feeds."""

from custom_components.ev_lb.engine.model import Charger, Site


def behind(site: Site, circuit_id: str) -> list[Charger]:
    """Return the chargers that a circuit's fuse feeds, through others or not."""
    fed = {circuit_id}
    for circuit in site.circuits:
        if circuit.parent_id in fed:
            fed.add(circuit.circuit_id)
    return [row for row in site.chargers if row.circuit_id in fed]
