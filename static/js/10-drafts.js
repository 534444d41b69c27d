// What is typed is kept: at once in this tab, a second later on the server, until it is sent or thrown away.
const draftKey = form => `draft:${document.body.dataset.me}:${form.dataset.draft}`;
const kept = new WeakMap();
const stateOf = form => kept.get(form) || kept.set(form, { turn: 0, edits: 0 }).get(form);
const keepable = form => [...form.elements].filter(f => f.name && f.name !== "keep" && !/^(hidden|file|submit|button)$/.test(f.type));
const canBeTicked = field => /^(radio|checkbox)$/.test(field.type);
const valuesOf = form => Object.fromEntries(keepable(form).filter(f => !canBeTicked(f) || f.checked).map(f => [f.name, f.value]));
const hasWords = form => keepable(form).some(f => f.matches("textarea, input.input") && f.value.trim());
const missing = form => JSON.parse($("[data-again]", form)?.dataset.names || "[]");
const namesOf = form => [...new Set([...(gathered.get($("input[type=file]", form)) || []).map(file => file.name), ...missing(form)])];

const keepHere = (form, dirty) => {
  const { form_key, draft } = form.elements, { turn } = stateOf(form);
  if (!dirty) return sessionStorage.removeItem(draftKey(form));
  sessionStorage.setItem(draftKey(form), JSON.stringify({ key: form_key.value, draft: draft.value, turn, values: valuesOf(form), names: namesOf(form) }));
};
const tellKept = (form, word) => {
  const note = $("[data-kept]", form);
  if (!note) return;
  note.textContent = word ? note.dataset[word] : "";
  note.classList.toggle("bad", word === "here");
};
const keepSoon = (form, most = 1000) => {
  const state = stateOf(form), now = Date.now();
  state.since ||= now;
  clearTimeout(state.timer);
  state.timer = setTimeout(keep, Math.max(0, Math.min(most, state.since + 10000 - now)), form);
};
const keep = async (form, leaving = false) => {
  const state = stateOf(form), { edits } = state;
  clearTimeout(state.timer);
  if (!state.dirty || !form.isConnected || (leaving ? state.left === edits : state.busy || form.matches(".htmx-request"))) return;
  // Leaving is told twice, and a second save that comes late would be a draft of its own beside what goes on elsewhere.
  if (leaving) state.left = edits;
  state.busy = true;
  state.since = 0;
  const body = new FormData(form);
  body.delete("files");
  namesOf(form).forEach(name => body.append("chosen", name));
  body.append("turn", ++state.turn);
  keepHere(form, true);
  // A sign-in that has ended answers with a redirect.
  const answer = await fetch(form.dataset.draft, { method: "POST", body, keepalive: leaving, redirect: "manual" }).catch(() => null);
  state.busy = false;
  if (!state.dirty) return;
  if (answer?.status !== 204) { tellKept(form, "here"); return keepSoon(form, 20000); }
  if (state.edits !== edits) return keepSoon(form);
  state.dirty = false;
  keepHere(form, false);
  tellKept(form, "done");
  if (!state.told && (state.told = true)) say($("[data-kept]", form).dataset.done);
};
const forget = form => {
  const state = stateOf(form);
  clearTimeout(state.timer);
  state.dirty = false;
  keepHere(form, false);
};
const touched = form => {
  const state = stateOf(form);
  if (!hasWords(form) && !state.turn && !form.elements.draft.value) return forget(form);
  state.edits++;
  state.dirty = true;
  keepHere(form, true);
  tellKept(form);
  keepSoon(form);
};

// What the server could not be told comes back in this tab, as the page it was typed on: what that one sent is sent.
const restoreDraft = form => {
  // On the way back browsers fill in what was typed, also what is sent by now; the server and this tab know better.
  if ((performance.getEntriesByType("navigation")[0]?.type ?? "navigate") !== "navigate") form.reset();
  const held = JSON.parse(sessionStorage.getItem(draftKey(form)) || "null");
  if (!held) return;
  const before = JSON.stringify(valuesOf(form)), { form_key, draft } = form.elements;
  for (const field of keepable(form)) {
    if (canBeTicked(field)) field.checked = held.values[field.name] === field.value;
    else if (field.name in held.values) field.value = held.values[field.name];
  }
  if (JSON.stringify(valuesOf(form)) === before) return forget(form);
  form_key.value = held.key;
  draft.value = held.draft;
  stateOf(form).turn = held.turn;
  askAgain(form, held.names);
  toast(words.draft);
  touched(form);
};

for (const name of ["input", "change"]) on(name, event => {
  const form = event.target.closest("form[data-draft]");
  if (form && event.target.type !== "file") touched(form);
  if (event.target.matches("textarea") && !CSS.supports("field-sizing", "content")) {
    event.target.style.blockSize = "auto";
    event.target.style.blockSize = `${event.target.scrollHeight + 2}px`;
  }
});
const leave = () => $$("form[data-draft]").forEach(form => keep(form, true));
on("visibilitychange", () => document.hidden && leave());
addEventListener("pagehide", leave);
addEventListener("pageshow", ({ persisted }) => persisted && $$("form[data-draft]").some(form => stateOf(form).sent) && location.reload());
addEventListener("online", () => $$("form[data-draft]").forEach(form => keep(form)));
// What is added to words that are on their way would go with the form that comes instead.
const hold = (form, held) => keepable(form).forEach(field => { field.readOnly = held; });
on("htmx:beforeSend", ({ detail: { elt } }) => elt.matches("form[data-draft]") && hold(elt, true));
on("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (!elt.matches("form[data-draft]")) return;
  hold(elt, false);
  if (xhr.status === 200) { forget(elt); stateOf(elt).sent = true; }
  else if (stateOf(elt).dirty) keepSoon(elt);
});
on("submit", event => {
  const form = $("form[data-draft]"), sent = event.target;
  if (!form || event.defaultPrevented) return;
  if (sent.dataset.discard) {
    sent.elements.page.value = form.elements.form_key.value;
    forget(form);
  } else if (sent.matches("[action='/logout']") && stateOf(form).dirty) {
    event.preventDefault();
    Promise.race([keep(form, true), new Promise(done => setTimeout(done, 3000))]).then(() => sent.submit());
  }
});
