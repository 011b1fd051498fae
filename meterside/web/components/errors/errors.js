// A page that comes back with errors is read from its list of errors.
const summary = document.querySelector("[data-focus-here]");
if (summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    // The label is shown too, so that the field is not met without its question.
    const question = field.closest("fieldset, .field") ?? field;
    question.scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
