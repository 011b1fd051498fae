"""What holds for every page. Each check answers with what it found wrong, in words; nothing is good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 asks for 24 px (2.5.8), look.md for 44; rows of a form's own text links are left out by both.
_TARGET_PX = 44
_PARTS_OF_A_DATE = 4
# The press alone: that the key comes up again moves nothing, and takes as long.
_TAB: Final = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
_TABBABLE = (
    "a[href], button, input:not([type=hidden]), select, textarea, summary, "
    "[tabindex]:not([tabindex='-1']), [contenteditable=true]"
)

_AXE = Axe().axe_script
# Of what passed nothing comes back: it is a thousand times as much.
_AXE_WHOLE: Final[dict[str, Any]] = {"resultTypes": ["violations"]}
# Two thirds of axe's time go into finding what every text stands on, and into loading the styles once more. Pairs of
# colours are proved from the tokens (tests/web/test_design_tokens.py), and on one state of each page.
_AXE_WITHOUT_COLOURS: Final[dict[str, Any]] = {
    **_AXE_WHOLE,
    "preload": False,
    "rules": {"color-contrast": {"enabled": False}},
}

_MARK = """selector => {
  const seen = element => {
    if (element.disabled || element.closest('[hidden], [inert]')) return false;
    if (element.tabIndex < 0 || !element.checkVisibility({visibilityProperty: true})) return false;
    const closed = element.parentElement.closest('details:not([open])');
    if (closed && !(element.tagName === 'SUMMARY' && element.parentElement === closed)) return false;
    if (element.type === 'radio') {
      const group = [...document.querySelectorAll('input[type=radio]')]
        .filter(one => one.name === element.name && one.form === element.form);
      return (group.find(one => one.checked) || group[0]) === element;
    }
    return true;
  };
  const around = element => {
    const found = [element, element.closest('label')];
    if (element.matches('input')) found.push(element.parentElement, element.nextElementSibling);
    return found.filter(Boolean);
  };
  const look = element => around(element).map(one => {
    const style = getComputedStyle(one);
    const outline = style.outlineStyle === 'none' || style.outlineWidth === '0px' ? '' :
      [style.outlineStyle, style.outlineWidth, style.outlineColor].join(' ');
    return [outline, style.boxShadow, style.textDecorationLine, style.backgroundColor, style.borderColor]
      .join('|');
  }).join(' & ');
  const all = [...document.querySelectorAll(selector)].filter(seen);
  const name = element => (element.tagName.toLowerCase() + ' ' +
    (element.getAttribute('aria-label') || element.id || element.innerText || element.name || '')
      .trim().replace(/\\s+/g, ' ').slice(0, 60));
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
  const before = new Map(all.map(element => [element, look(element)]));
  const walk = () => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return {at: -1};
    const box = (element.getClientRects().length ? element : element.parentElement).getBoundingClientRect();
    const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) =>
      [box.left + box.width * x, box.top + box.height * y]);
    const mine = one => one && (element.contains(one) || one.contains(element) ||
      (element.labels && [...element.labels].some(label => label.contains(one))));
    const covered = box.width > 0 && !points.some(([x, y]) => mine(document.elementFromPoint(x, y)));
    return {at: all.indexOf(element), name: name(element), covered,
      unseen: before.has(element) && before.get(element) === look(element)};
  };
  // Where a press comes from is noted as it comes: by then what the one before led to is drawn.
  let presses = 0;
  const walked = [];
  document.addEventListener('keydown', event => {
    if (event.key === 'Tab' && presses++) walked.push(walk());
  }, {capture: true});
  window.__walked = () => [...walked, walk()];
  return all.map(name);
}"""

_SMALL = """least => [...document.querySelectorAll(
    'button, .button, select, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), ' +
    'nav a, summary, label:has(input[type=radio]), label:has(input[type=checkbox])')]
  .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.closest('.hidden'))
  .map(element => [element, element.getBoundingClientRect()])
  .filter(([element, box]) => box.width && box.height &&
    (box.height < least - .5 || box.width < 24) && !(element.matches('.button--link')))
  .map(([element, box]) => `${element.tagName.toLowerCase()} ${(element.innerText || element.name || element.className)
    .trim().slice(0, 40)}: ${Math.round(box.width)} x ${Math.round(box.height)} px`)"""

_CUT = """() => {
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} px wide`);
  for (const element of document.querySelectorAll('main *, header *, footer *, nav *, aside *')) {
    if (!element.checkVisibility({visibilityProperty: true}) || element.closest('.hidden, svg')) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (box.width <= 1 || box.height <= 1 || element.closest('.skip')) continue;  // for screen readers
    const name = `${element.tagName.toLowerCase()}.${element.className}`;
    let holder = element.parentElement;
    while (holder && !/auto|scroll/.test(getComputedStyle(holder).overflowX)) holder = holder.parentElement;
    if (!holder && (box.right > root.clientWidth + 1 || box.left < -1))
      found.push(`${name} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} px`);
    const text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (text && /hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
      found.push(`${name} cuts its text: ${element.innerText.slice(0, 40)}`);
  }
  return found.slice(0, 5);
}"""

_TEXTS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, holder = node.parentElement;
    if (!node.data.trim() || holder.closest('script, style, [lang]:not(html)')) continue;
    found.push(node.data);
  }
  for (const element of document.body.querySelectorAll('[aria-label], [placeholder], [alt], [title]'))
    for (const name of ['aria-label', 'placeholder', 'alt', 'title'])
      if (element.getAttribute(name) && !element.closest('[lang]:not(html)')) found.push(element.getAttribute(name));
  const blocks = 'p, li, h1, h2, h3, dt, dd, th, td, label, legend, button, a, caption';
  for (const block of document.body.querySelectorAll(blocks))
    if (!block.closest('[lang]:not(html)') && !block.querySelector('[lang]')) found.push(block.innerText);
  // A message's page is named after the message, which speaks its receiver's language.
  const title = document.title.split(' · ')[0];
  const quoted = [...document.querySelectorAll('[lang]:not(html)')].some(one => one.innerText === title);
  return quoted ? found : [title, ...found];
}"""


def axe(page: Page, *, with_colours: bool) -> Iterator[str]:
    """Rules of axe-core that are broken, best practices included."""
    page.evaluate(_AXE)
    options = _AXE_WHOLE if with_colours else _AXE_WITHOUT_COLOURS
    for one in page.evaluate("options => axe.run(options).then(found => found.violations)", options):
        places = "; ".join(str(node["html"])[:160] for node in one["nodes"][:3])
        yield f"axe {one['id']}: {places}"


def width(page: Page, width_px: int) -> Iterator[str]:
    """Whether anything is lost or scrolls sideways on a screen so wide."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": width_px, "height": size["height"]})
    found: list[str] = page.evaluate(_CUT)
    page.set_viewport_size(size)
    yield from (f"at {width_px} px {one}" for one in found)


def targets(page: Page) -> Iterator[str]:
    """Buttons, fields and places of the navigation too small for a thumb."""
    small: list[str] = page.evaluate(_SMALL, _TARGET_PX)
    yield from (f"small target: {one}" for one in small)


def keyboard(page: Page, *, has_skip_link: bool = True) -> Iterator[str]:
    """Tab from the top: everything once, in order, seen and not covered, and out again."""
    names: list[str] = page.evaluate(_MARK, _TABBABLE)
    walked: list[int] = []
    for here in _tabbed(page, len(names)):
        if walked[-1:] == [here["at"]]:
            continue  # month, day, year and calendar of a date field
        walked.append(here["at"])
        if here["unseen"]:
            yield f"focus cannot be seen on {here['name']}"
        if here["covered"]:
            yield f"focus is covered on {here['name']}"
    if walked != list(range(len(names))):
        missed = [name for number, name in enumerate(names) if number not in walked]
        yield f"the keyboard walks {walked} of {len(names)}; it misses {missed}"
    if has_skip_link:
        yield from _skip_link(page)


def _tabbed(page: Page, n_places: int) -> list[dict[str, Any]]:
    """Where each press of Tab leads, from the top until it leads out of the page."""
    most, pressed = n_places * 2 + _PARTS_OF_A_DATE, 0
    found: list[dict[str, Any]] = []
    devtools = page.context.new_cdp_session(page)
    while pressed < most:
        for _press in range(min(n_places + 1, most - pressed)):
            devtools.send("Input.dispatchKeyEvent", _TAB)
            pressed += 1
        found = page.evaluate("window.__walked()")
        out = next((number for number, here in enumerate(found) if here["at"] == -1), None)
        if out is not None:
            found = found[:out]
            break
    devtools.detach()
    return found


def _skip_link(page: Page) -> Iterator[str]:
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    page.locator(".skip").first.focus()
    page.keyboard.press("Enter")
    if page.evaluate("document.activeElement.id") != "main":
        yield "the skip link does not lead to the content"


def texts(page: Page) -> list[str]:
    """Every text a person reads or hears, apart from what is marked as another language."""
    found: list[str] = page.evaluate(_TEXTS)
    return [" ".join(one.split()) for one in found if one.strip()]


def frame(page: Page) -> Iterator[str]:
    """What the outside of a page must have: language, one heading of the first level, a title, a main part."""
    told: dict[str, Any] = page.evaluate(
        """() => ({h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length,
            title: document.title, viewport: document.querySelector('meta[name=viewport]')?.content || '',
            style: document.querySelectorAll('[style], style, script:not([src])').length,
            twice: [...document.querySelectorAll('[id]')].map(one => one.id)
              .filter((id, place, all) => all.indexOf(id) !== place)})"""
    )
    if told["h1"] != 1:
        yield f"{told['h1']} headings of the first level"
    if told["main"] != 1:
        yield f"{told['main']} main parts"
    if "user-scalable" in told["viewport"] or "maximum-scale" in told["viewport"]:
        yield "zoom is switched off"
    if not told["title"].strip(" ·"):
        yield "no title"
    if told["style"]:
        yield f"{told['style']} inline styles or scripts"
    if told["twice"]:
        yield f"ids twice: {told['twice']}"
