"""The fonts that this machine happens to have: the world must be drawable on one that has none."""

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# File and face: Debian's fonts-noto-cjk (its "Mono SC" face), then fonts-wqy-zenhei, then Fedora's and macOS's own.
CHINESE = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 1),
    ("/usr/share/fonts/google-noto-sans-mono-cjk-vf-fonts/NotoSansMonoCJK-VF.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
)


def has_chinese() -> bool:
    """Whether a Chinese font was found: without one, papers show a box for each character."""
    return _chinese_face() is not None


@lru_cache
def font(size: int) -> Font:
    """A font that is `size` pixels high; Pillow's own, which knows only Latin letters, where none is installed."""
    face = _chinese_face()
    return ImageFont.truetype(face[0], size, index=face[1]) if face else ImageFont.load_default(size)


@lru_cache
def _chinese_face() -> tuple[str, int] | None:
    return next((face for face in CHINESE if Path(face[0]).is_file()), None)
