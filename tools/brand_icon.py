"""Draw the integration's icon: a bolt between the pans of a balance.

Run it with a Python that has Pillow, as Home Assistant's own does.
"""

from pathlib import Path

from PIL import Image, ImageDraw

BRAND = Path(__file__).parent.parent / "custom_components" / "ev_lb" / "brand"
OVERSAMPLING = 4

GREEN = "#0f9d6b"
DARK = "#0b4f6c"
YELLOW = "#ffc53d"


def draw(size_px: int) -> Image.Image:
    """Return the icon, drawn larger and scaled down for smooth edges."""
    unit = size_px * OVERSAMPLING / 256
    image = Image.new("RGBA", (round(256 * unit),) * 2, (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * unit, y * unit) for x, y in points]

    def line(*points: tuple[float, float], width: float) -> None:
        pen.line(at(*points), fill=DARK, width=round(width * unit), joint="curve")
        radius = width / 2
        for x, y in points:
            pen.ellipse(
                at((x - radius, y - radius), (x + radius, y + radius)), fill=DARK
            )

    line((20, 62), (236, 62), width=16)
    for middle in (42, 214):
        line((middle, 62), (middle - 28, 150), width=7)
        line((middle, 62), (middle + 28, 150), width=7)
        pen.pieslice(at((middle - 36, 112), (middle + 36, 184)), 0, 180, fill=GREEN)
    line((76, 240), (180, 240), width=16)
    bolt = at((146, 12), (88, 138), (124, 138), (108, 236), (170, 104), (132, 104))
    pen.line(
        [*bolt, *bolt[:2]], fill=(0, 0, 0, 0), width=round(18 * unit), joint="curve"
    )
    pen.polygon(bolt, fill=YELLOW)
    return image.resize((size_px, size_px), Image.Resampling.LANCZOS)


def main() -> None:
    """Write both sizes that Home Assistant asks for."""
    BRAND.mkdir(exist_ok=True)
    draw(256).save(BRAND / "icon.png", optimize=True)
    draw(512).save(BRAND / "icon@2x.png", optimize=True)


if __name__ == "__main__":
    main()
