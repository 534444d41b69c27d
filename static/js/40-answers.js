// --- what is swapped in ---

// A whole page where a part was asked for is a failure that the portal explains; its words are all we want of it.
on("htmx:beforeSwap", ({ detail }) => {
  const { xhr } = detail;
  if (xhr.status < 400 || !/^\s*<!doctype/i.test(xhr.response)) return;
  const page = new DOMParser().parseFromString(xhr.response, "text/html");
  detail.shouldSwap = false;
  if (isQuiet(detail.requestConfig.elt)) return;
  const said = [$("h1", page), $("main p:not(.code)", page)].map(part => part?.textContent.trim());
  toast(said.filter(Boolean).join(". ") || words.failed);
});

// Renews an element where it stands: what is the same stays, and with it the keyboard and a selection.
const patch = (old, fresh) => {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes], after = [...fresh.childNodes];
  after.forEach((node, at) => {
    if (!before[at]) old.append(node);
    else if (before[at].nodeName === node.nodeName) patch(before[at], node);
    else before[at].replaceWith(node);
  });
  before.slice(after.length).forEach(node => node.remove());
};

const keepOpen = (old, fragment) => {
  for (const open of $$("details[id][open]", old)) $(`#${open.id}`, fragment)?.setAttribute("open", "");
};
const dropWhatIsShown = fragment => {
  for (const entry of $$("[id]", fragment)) if (document.getElementById(entry.id)) (entry.closest("li") || entry).remove();
};
const focusAgain = (held, id) => setTimeout(() => {
  if (held.isConnected) return;
  const place = document.getElementById(id) || undefined;
  $$("a, button, input, select", place).find(one => one.textContent === held.textContent && one.name === held.name)?.focus({ preventScroll: true });
});

on("htmx:oobBeforeSwap", ({ detail }) => {
  const { target, fragment } = detail, held = document.activeElement;
  if (target.matches("[data-row], [data-patch]")) {
    detail.shouldSwap = false;
    patch(target, fragment.firstElementChild);
    htmx.process(target);
    return;
  }
  keepOpen(target, fragment);
  if (target.id === "tickets-thread") dropWhatIsShown(fragment); // an answer and the news of it may cross
  if (target.id && target !== held && target.contains(held)) focusAgain(held, target.id);
});

// --- sending and failing ---

const isQuiet = element => element.getAttribute("hx-trigger") === "portal:changed"; // nobody pressed anything

on("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || !detail.elt.matches("form")) return;
  $$("[data-offline]", detail.elt).forEach(note => { note.hidden = true; });
  $$(".error", detail.elt).forEach(place => { place.textContent = ""; });
  $("#forms-notice").replaceChildren();
});
on("htmx:sendError", ({ detail }) => {
  if (isQuiet(detail.elt)) return;
  const note = $("[data-offline]", detail.elt);
  if (!note) return toast(words.offline);
  note.hidden = false;
  note.scrollIntoView({ block: "nearest" });
});

// --- after an answer: where the keyboard goes and what is said ---

const showErrors = () => {
  for (const place of $$(".error[id^=error-]")) {
    const field = $(`[name="${place.id.slice(6)}"]:not([type=hidden])`, place.closest("form") || undefined);
    if (field) field.setAttribute("aria-invalid", String(!!place.textContent.trim()));
  }
  ($("form [aria-invalid=true]:not([type=radio])") || $("#forms-errors")).focus();
};
const toLastMessage = () => {
  const latest = $$("#tickets-thread .message").pop();
  latest?.classList.add("fresh");
  latest?.focus();
};
const toComposer = () => {
  $("#composer").scrollIntoView({ block: "nearest" });
  $("#body").focus();
};
// Tickets that moved on while somebody read come a second time with the next page.
const toNextPage = () => {
  const added = $$("#tickets-results tbody:not(#tickets-more)").at(-1);
  for (const row of $$("[data-row]", added)) if (document.getElementById(row.id) !== row) row.remove();
  toFirstOf(added);
};
const toFirstOf = rows => $("a", rows)?.focus({ preventScroll: true });

// What an answer was for, by the id of the place that it went to; true where everything is said with that.
const places = {
  "tickets-live": () => { say(words.news); return true; },
  "tickets-ask": () => { sayOffer("#tickets-offer"); return true; },
  "tickets-fresh": () => { sayOffer("#tickets-fresh"); return true; },
  "portal-fresh": () => true,
  dialog: () => { $("#dialog").showModal(); return true; },
  "tickets-send": () => { toComposer(); return true; },
  "tickets-composer": toLastMessage,
  "tickets-functions": () => $("#tickets-functions").focus({ preventScroll: true }),
  "tickets-more": toNextPage,
  "tickets-results": by => { if (by.matches("[data-new]")) toFirstOf($("#tickets-results tbody")); },
};

let offered = "";
const sayOffer = place => {
  const offer = $(place).textContent.trim();
  if (offer && offer !== offered) say(offer);
  offered = offer;
};
const sayWhatChanged = (target, posted) => {
  const told = posted ? [$("#forms-notice span"), $("#tickets-header [data-announce]")] : [target.id && $(`#${target.id} [data-announce]`)];
  if (told.some(Boolean)) say(told.map(part => part?.textContent || "").join(" "));
};

const afterAnswer = ({ xhr, target, requestConfig: { verb, elt } }) => {
  const posted = verb === "post" && elt.matches("form");
  if (xhr.status === 204) return;
  if (xhr.status === 422) return showErrors();
  if (xhr.status === 409) return $("#tickets-conflict")?.focus();
  if (xhr.status >= 400) return;
  if (posted) $("#tickets-conflict")?.replaceChildren();
  if (posted) sessionStorage.removeItem(draftKey(elt));
  if (places[target.id]?.(elt) === true) return;
  sayWhatChanged(target, posted);
};
on("htmx:afterOnLoad", ({ detail }) => afterAnswer(detail));

if ($("#forms-errors")?.textContent.trim()) showErrors();
