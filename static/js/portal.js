(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = $("#announcer").dataset;
  const on = (name, act) => document.addEventListener(name, act);

  const say = text => {
    $("#announcer").textContent = "";
    setTimeout(() => { $("#announcer").textContent = text; }, 60);
  };

  const toast = text => {
    const item = $("#toast").content.firstElementChild.cloneNode(true);
    $("span", item).textContent = text;
    $("#forms-notice").replaceChildren(item);
  };

  // Thin line at the top, only when an answer takes long enough to be noticed.
  let waiting = 0, timer;
  const progress = step => {
    waiting = Math.max(0, waiting + step);
    clearTimeout(timer);
    if (waiting) timer = setTimeout(() => $("#progress").classList.add("on"), 150);
    else $("#progress").classList.remove("on");
  };
  on("htmx:beforeSend", () => progress(1));
  on("htmx:afterRequest", () => progress(-1));

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

  // Files: one native input; chosen, dropped and pasted ones are gathered into it.
  const sizeOf = n => n < 1048576 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1048576).toFixed(1).replace(".", document.documentElement.lang === "de" ? "," : ".")} MB`;
  const gathered = new WeakMap();
  const drawFiles = (box, input, files) => {
    const carrier = new DataTransfer();
    files.forEach(file => carrier.items.add(file));
    input.files = carrier.files;
    gathered.set(input, files);
    $(".chosen", box).replaceChildren(...files.map(file => {
      const item = $("#chosen-file").content.firstElementChild.cloneNode(true);
      const [name, size] = $$("span", item);
      name.textContent = file.name;
      size.textContent = sizeOf(file.size);
      $("button", item).ariaLabel = box.dataset.remove + file.name;
      $("button", item).onclick = () => { drawFiles(box, input, files.filter(f => f !== file)); complain(input, ""); $("label", box).scrollIntoView({ block: "nearest" }); input.focus(); };
      return item;
    }));
  };
  const complain = (input, text) => {
    const place = $(`#error-${input.name}`);
    place.textContent = text;
    input.setAttribute("aria-invalid", String(!!text));
    if (text) say(text);
  };
  const addFiles = (box, added) => {
    const input = $("input[type=file]", box), files = [...(gathered.get(input) || [])], refused = [];
    for (const file of added) {
      if (files.some(f => f.name === file.name && f.size === file.size && f.lastModified === file.lastModified)) continue;
      const reason = !input.accept.split(",").includes(file.type) ? "type" : file.size > box.dataset.bytes ? "large" : files.length >= box.dataset.max ? "many" : "";
      if (reason) refused.push(box.dataset[reason] + file.name); else files.push(file);
    }
    drawFiles(box, input, files);
    complain(input, refused.join(" "));
  };
  on("paste", event => {
    const box = $("[data-files]", event.target.closest?.("form") || undefined), files = [...event.clipboardData.files];
    if (box && files.length && !event.clipboardData.getData("text/plain")) { event.preventDefault(); addFiles(box, files); }
  });
  for (const name of ["dragover", "dragleave", "drop"]) on(name, event => {
    const box = $("[data-files]");
    if (!box || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    box.classList.toggle("over", name === "dragover");
    if (name === "drop") addFiles(box, event.dataTransfer.files);
  });

  on("change", event => {
    const box = event.target.type === "file" && event.target.closest("[data-files]");
    if (box) addFiles(box, event.target.files);
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });
  on("input", event => {
    const form = event.target.closest("form[data-draft]");
    if (form) keepDraft(form);
  });

  on("keydown", event => {
    if (!event.ctrlKey && !event.metaKey) return;
    const form = event.target.closest?.("form[data-keys]");
    if (event.key === "Enter" && form) form.requestSubmit();
    const search = $("[data-hotkey]");
    if (event.key === "k" && search?.checkVisibility()) { event.preventDefault(); search.select(); search.focus(); }
  });

  const showPicture = link => {
    const viewer = $("#viewer").content.firstElementChild.cloneNode(true), name = $("span", link).textContent;
    $("p", viewer).textContent = viewer.ariaLabel = $("img", viewer).alt = name;
    $("img", viewer).src = $("a", viewer).href = link.href;
    viewer.onclose = () => { viewer.remove(); link.focus(); };
    document.body.append(viewer);
    viewer.showModal();
  };

  on("click", event => {
    const hit = selector => event.target.closest(selector);
    if (event.target.matches("dialog") || (hit("[data-close]") && hit("dialog"))) { event.preventDefault(); hit("dialog").close(); }
    if (hit("[data-dismiss]")) hit(".toast").remove();
    const picture = hit("[data-picture]");
    if (picture && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); showPicture(picture); }
    // Times lie above the row's link so that their exact value shows on hover.
    if (event.target.matches("[data-row] time")) $("a", hit("tr")).click();
    const fill = hit("[data-fill]")?.dataset;
    if (fill) { $("[name=user_name]").value = fill.fill; $("[name=password]").value = fill.secret; $("form button").focus(); }
    const open = hit(".functions-menu:popover-open a, .functions-menu:popover-open button");
    if (open) $(".functions-menu").hidePopover();
  });

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

  // A page that only passes somebody on: sent once, also when it was made ready before it was looked at.
  const passOn = $("form[data-submit-at-once]");
  if (passOn) {
    passOn.addEventListener("submit", () => setTimeout(() => { $("button", passOn).disabled = true; }));
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
    if (document.prerendering) document.addEventListener("prerenderingchange", () => passOn.requestSubmit(), { once: true });
    else passOn.requestSubmit();
  }

  $$("form[data-draft]").forEach(restoreDraft);
  // Where passwords and codes are typed, Back and reload ask for the page again instead of sending them once more.
  if ($("[data-once]")) history.replaceState(history.state, "", location.href);
  if ($("#forms-errors")?.textContent.trim()) showErrors();

  // What others change shows itself, unless somebody is writing: then it is offered, so that nothing moves under them.
  const changed = new Set();
  let later;
  const freshen = () => {
    if (document.hidden || !changed.size) return;
    if (waiting) { later = setTimeout(freshen, 200); return; }
    const live = $("#tickets-live"), list = $("#tickets-fresh"), body = $("#body");
    if (live && changed.has(live.dataset.number)) htmx.trigger(body?.value.trim() || (body && body === document.activeElement) ? "#tickets-ask" : live, "portal:changed");
    if (list) list.hidden = false;
    changed.clear();
  };
  const heard = number => { changed.add(number); clearTimeout(later); later = setTimeout(freshen, 200); };
  on("visibilitychange", freshen);

  // One stream per browser: the tab that holds the lock listens and tells the others.
  const address = document.body.dataset.events;
  if (address) {
    const tabs = new BroadcastChannel(`portal:${document.body.dataset.me}`);
    tabs.onmessage = ({ data }) => heard(data);
    const listen = () => new Promise(done => {
      const source = new EventSource(address);
      // What happened before the line was open, or while it was cut, was not heard.
      source.onopen = () => { const live = $("#tickets-live"); if (live) heard(live.dataset.number); };
      source.addEventListener("ticket", ({ data }) => { heard(data); tabs.postMessage(data); });
      source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(done, 30000); };
    });
    const turn = async () => { for (;;) await (navigator.locks ? navigator.locks.request("portal-events", listen) : listen()); };
    turn();
  }
})();
