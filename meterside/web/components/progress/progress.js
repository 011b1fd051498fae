// What is under way looks again by itself, in place: a page that reloads takes reader and focus along.
const lookAgain = (part) => {
  const seconds = Number(part.dataset.again);
  if (!seconds) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-again]");
      const link = part.querySelector("a:focus");
      part.replaceWith(fresh);
      if (link) fresh.querySelector("a")?.focus();
      lookAgain(fresh);
    } catch {
      lookAgain(part);
    }
  }, seconds * 1000);
};
for (const part of document.querySelectorAll("[data-again]")) lookAgain(part);
