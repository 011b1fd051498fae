import os, pytest
from tests.browser.pages import TARIFFS, STATES
PICK = os.environ.get("LOOK", "").split("|")
@pytest.mark.browser
def test_look(site, visit):
    for name in PICK:
        name, _, view = name.partition("@")
        state = next(s for s in STATES if s.name == name)
        width, theme, lang = (view.split(",") + ["light", "en"])[:3] if view else ("1280", "light", "en")
        with visit(state.who, width=int(width), theme=theme, language=lang, scale=1) as page:
            state.way(page, site)
            page.set_viewport_size({"width": int(width), "height": min(int(page.evaluate("document.documentElement.scrollHeight")), 5000)})
            page.screenshot(path=f"/tmp/tariffs/{name.replace(' ', '_').replace(':','')}-{width}-{theme}-{lang}.png")
