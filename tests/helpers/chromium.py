"""Mails as a browser shows them: pictures of them, and what a browser measures in them.

A mail stands in a frame of the width that is asked for, since no window of a browser is as narrow as a telephone.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HIGH = 16_000
"""Pixels: higher than any mail here."""
MEASURE = """
const page = document.querySelector('iframe').contentDocument;
const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const colour = numbers(getComputedStyle(e).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const contrast = element => {
  const [a, b] = [numbers(getComputedStyle(element).color), behind(element)].map(luminance);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
const all = [...page.body.querySelectorAll('*')];
const told = all.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
const inner = e => e.closest('.wide');
const right = e => e.getBoundingClientRect().right;
document.getElementById('told').textContent = JSON.stringify({
  width: page.documentElement.clientWidth,
  wide: page.documentElement.scrollWidth,
  high: Math.ceil(page.body.getBoundingClientRect().height),
  over: all.filter(e => !inner(e) || e === inner(e)).filter(e => right(e) > page.documentElement.clientWidth + 0.5)
    .map(e => e.outerHTML.slice(0, 200)),
  narrowest: Math.min(999, ...all.filter(e => e.tagName === 'TD').map(e => e.getBoundingClientRect().width)),
  faint: told.filter(e => contrast(e) < 4.5).map(e => `${contrast(e).toFixed(2)} ${e.outerHTML.slice(0, 200)}`),
});
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What a mail is read on."""

    name: str
    width: int
    dark: bool


SCREENS = (
    Screen("light", 800, dark=False),
    Screen("dark", 800, dark=True),
    Screen("360", 360, dark=False),
    Screen("360-dark", 360, dark=True),
)


def measured(page: str, screen: Screen, folder: Path) -> dict[str, Any]:
    """Return what a browser says of a mail: how wide it is, what stands out of it, and which words are faint."""
    script = f"<pre id=told></pre><script>onload = () => {{{MEASURE}}}</script>"
    found = re.search(
        r"<pre id=\"told\">(.*?)</pre>", _run(_framed(page, screen, script), screen, folder, "--dump-dom")
    )
    assert found
    answer: dict[str, Any] = json.loads(unescape(found[1]))
    return answer


def pictured(page: str, screen: Screen, folder: Path, to: Path) -> None:
    """Write a picture of a whole mail."""
    high = min(measured(page, screen, folder)["high"], HIGH)
    size = f"--window-size={screen.width},{high}"
    _run(_framed(page, screen, ""), screen, folder, "--hide-scrollbars", size, f"--screenshot={to}")


def _framed(page: str, screen: Screen, script: str) -> str:
    style = f"width:{screen.width}px;height:{HIGH}px;border:0;display:block"
    frame = f'<iframe style="{style}" srcdoc="{escape(page)}"></iframe>'
    return f'<!doctype html><meta charset=utf-8><body style="margin:0">{frame}{script}</body>'


def _run(page: str, screen: Screen, folder: Path, *what: str) -> str:
    assert CHROMIUM
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    given = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio"),
        *("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"),
        f"--user-data-dir={folder / 'profile'}",
        f"--blink-settings=preferredColorScheme={0 if screen.dark else 1}",
    ]
    command = [CHROMIUM, *given, *what, file.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    return done.stdout
