// Typed text outlives a lost session or an accidental way out; it stays in this tab only.
const draftKey = form => `draft:${document.body.dataset.me}:${location.pathname}:${form.id}`;
const typed = form => $$("textarea, input.input:not([type=search])", form);
const keepDraft = form => {
  const values = Object.fromEntries(typed(form).filter(f => f.value !== f.defaultValue).map(f => [f.name, f.value]));
  if (Object.keys(values).length) sessionStorage.setItem(draftKey(form), JSON.stringify(values));
  else sessionStorage.removeItem(draftKey(form));
};
const restoreDraft = form => {
  const values = JSON.parse(sessionStorage.getItem(draftKey(form)) || "{}");
  const fields = typed(form).filter(f => values[f.name] && !f.value);
  fields.forEach(f => { f.value = values[f.name]; });
  if (fields.length) toast(words.draft);
};

on("input", event => {
  const form = event.target.closest("form[data-draft]");
  if (form) keepDraft(form);
});

$$("form[data-draft]").forEach(restoreDraft);
