// Show what is typed into a password field; hidden again before it is sent.
for (const toggle of document.querySelectorAll("[data-password-toggle]")) {
  const input = document.getElementById(toggle.dataset.passwordToggle);
  const state = toggle.closest(".field").querySelector("[data-password-state]");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    toggle.textContent = shown ? toggle.dataset.hide : toggle.dataset.show;
    toggle.setAttribute("aria-label", shown ? toggle.dataset.labelHide : toggle.dataset.labelShow);
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    show(input.type === "password");
    state.textContent = input.type === "text" ? toggle.dataset.shown : toggle.dataset.hidden;
  });
  input.form?.addEventListener("submit", () => show(false));
}

// `/` leads to the page's search, unless somebody is typing.
document.addEventListener("keydown", (event) => {
  const find = document.querySelector("[data-find]");
  if (event.key !== "/" || !find || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  find.focus();
  find.select();
});
