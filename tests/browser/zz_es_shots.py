import os, re, pathlib, pytest
from tests.browser.pages import STATES
OUT = pathlib.Path("/tmp/es/shots")
WANT = os.environ.get("WANT", "")
@pytest.mark.parametrize("state", [s for s in STATES if re.search(WANT, str(s))], ids=str)
def test_shot(site, visit, state):
    with visit(state.who, language="es") as page:
        state.way(page, site)
        name = re.sub(r"\W+", "-", str(state))
        page.screenshot(path=OUT / f"{name}.png", full_page=True)
        (OUT / f"{name}.txt").write_text(page.url + "\n" + page.title() + "\n" + page.inner_text("body"))
        wide = page.evaluate("document.documentElement.scrollWidth")
        nav = page.evaluate("""[...document.querySelectorAll('nav a, .tag, .account__change, .legend li, .button')].filter(e => e.offsetParent && e.getClientRects().length && (r => {const range=document.createRange(); range.selectNodeContents(e); return new Set([...range.getClientRects()].filter(x=>x.width>1).map(x=>Math.round(x.top/6))).size>2})()).map(e => e.className+': '+e.innerText.trim().slice(0,60)+' '+e.offsetHeight)""")
        print("WRAP", state, wide, nav)
