// A form marked data-once is sent once: the second press of a hurried thumb does nothing. The server
// holds to the same by its own key; this only spares the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.classList.add("button--busy");
  event.submitter?.setAttribute("aria-busy", "true");
});

// Back brings the page from the browser's memory: it may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".button--busy")) {
    button.classList.remove("button--busy");
    button.removeAttribute("aria-busy");
  }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
