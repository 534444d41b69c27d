const showErrors = () => {
  for (const place of $$(".error[id^=error-]")) {
    const field = $(`[name="${place.id.slice(6)}"]:not([type=hidden])`, place.closest("form") || undefined);
    if (field) field.setAttribute("aria-invalid", String(!!place.textContent.trim()));
  }
  ($("form [aria-invalid=true]:not([type=radio])") || $("#forms-errors")).focus();
};

on("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (xhr.status < 400 || !/^\s*<!doctype/i.test(xhr.response)) return;
  const page = new DOMParser().parseFromString(xhr.response, "text/html");
  detail.shouldSwap = false;
  toast([$("h1", page), $("main p:not(.code)", page)].map(part => part?.textContent.trim()).filter(Boolean).join(". ") || words.failed);
});
on("htmx:oobBeforeSwap", ({ detail }) => {
  for (const open of $$("details[id][open]", detail.target)) $(`#${open.id}`, detail.fragment)?.setAttribute("open", "");
  // An answer and the news of it may cross: nothing is shown twice.
  if (detail.target.id === "tickets-thread") for (const entry of $$("[id]", detail.fragment)) if (document.getElementById(entry.id)) (entry.closest("li") || entry).remove();
  const held = document.activeElement;
  if (detail.target.id && detail.target !== held && detail.target.contains(held)) setTimeout(() => held.isConnected || $$("a, button, input, select", document.getElementById(detail.target.id) || undefined).find(one => one.textContent === held.textContent && one.name === held.name)?.focus({ preventScroll: true }));
});
on("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || !detail.elt.matches("form")) return;
  $$("[data-offline]", detail.elt).forEach(note => { note.hidden = true; });
  $$(".error", detail.elt).forEach(place => { place.textContent = ""; });
  $("#forms-notice").replaceChildren();
});
on("htmx:sendError", ({ detail }) => {
  const note = $("[data-offline]", detail.elt);
  if (!note) return toast(words.offline);
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
});

const afterAnswer = ({ xhr, target, requestConfig: { verb, elt } }) => {
  const posted = verb === "post" && elt.matches("form");
  if (xhr.status === 422) return showErrors();
  if (xhr.status === 409) return $("#tickets-conflict")?.focus();
  if (xhr.status >= 400) return;
  if (posted) $("#tickets-conflict")?.replaceChildren();
  if (posted) sessionStorage.removeItem(draftKey(elt));
  if (target.id === "tickets-live") return xhr.status === 200 && say(words.news);
  if (target.id === "dialog") return $("#dialog").showModal();
  if (target.id === "tickets-send") { $("#composer").scrollIntoView({ block: "nearest" }); return $("#body").focus(); }
  if (target.id === "tickets-composer") {
    const latest = $$("#tickets-thread .message").pop();
    latest?.classList.add("fresh");
    latest?.focus();
  } else if (target.id === "tickets-functions") $("#tickets-functions").focus({ preventScroll: true });
  else if (target.id === "tickets-more") $$("#tickets-results tbody:not(#tickets-more)").at(-1)?.querySelector("a")?.focus({ preventScroll: true });
  const told = posted ? [$("#forms-notice span"), $("#tickets-header [data-announce]")] : [target.id && $(`#${target.id} [data-announce]`)];
  if (told.some(Boolean)) say(told.map(part => part?.textContent || "").join(" "));
};
on("htmx:afterOnLoad", ({ detail }) => afterAnswer(detail));

if ($("#forms-errors")?.textContent.trim()) showErrors();
