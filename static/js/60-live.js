// What others change shows itself: a list renews its rows where they stand, a ticket grows at its end. What would move
// something under somebody's hand is only offered.

// --- asking ---

const ANYTHING = "anything"; // may have changed: nobody listened for a while
const SOON = 200, SELDOM = 2000, LONG = 30000;
const changed = new Set();
let asked = 0, bell;

const isWriting = () => {
  const body = $("#body");
  return !!body && (body.value.trim() !== "" || body === document.activeElement);
};
const ask = place => { if ($(`${place}:not([inert] *)`)) htmx.trigger(place, "portal:changed"); };

const freshen = () => {
  bell = undefined;
  if (document.hidden || !changed.size) return;
  if (waiting) return ring(SOON);
  const number = $("#tickets-live")?.dataset.number;
  if (changed.has(number) || changed.has(ANYTHING)) ask(isWriting() ? "#tickets-ask" : "#tickets-live");
  ask("#tickets-fresh");
  ask("#portal-fresh");
  changed.clear();
  asked = Date.now();
};
const ring = wait => { bell ??= setTimeout(freshen, wait); };
const heard = what => {
  changed.add(what);
  ring(Math.max(SOON, asked + SELDOM - Date.now()));
};

on("resume", () => heard(ANYTHING));
on("visibilitychange", () => {
  if (document.hidden) return;
  if (Date.now() - asked > LONG) changed.add(ANYTHING);
  ring(SOON);
});

// The list names its rows by number and stamp; the answer brings those that look different by now.
const MOST_ROWS = 400;
on("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "tickets-fresh") return;
  const rows = $$("[data-row]");
  detail.parameters.shown = rows.slice(0, MOST_ROWS).map(row => `${row.id.slice(7)}-${row.dataset.stamp}`).join("_");
  if (rows.length <= MOST_ROWS && !$("#tickets-more") && !$("#tickets-first")) detail.parameters.whole = 1;
});

// --- listening: one stream for all tabs of a browser; the one that holds the lock tells the others ---

const address = document.body.dataset.events, me = document.body.dataset.me;
const FIRST_PAUSE = 3000, LONGEST_PAUSE = 60000, UNHEARD = 20000;
let pause = FIRST_PAUSE, unheard;

// Quietly, in the foot of the page.
const showLive = lives => {
  const sign = $("#live-off");
  if (sign) sign.hidden = lives;
};
const forgetSilence = () => {
  clearTimeout(unheard);
  unheard = undefined;
};

const listen = (tabs, stopped) => new Promise(done => {
  const source = new EventSource(address);
  const tell = what => { heard(what); tabs.postMessage(what); };
  const tellLive = lives => { showLive(lives); tabs.postMessage(lives); };
  const startSilence = () => { unheard ??= setTimeout(tellLive, UNHEARD, false); };
  const stop = () => { source.close(); done(); };
  startSilence();
  source.onopen = () => {
    forgetSilence();
    pause = FIRST_PAUSE;
    tellLive(true);
    tell(ANYTHING); // what happened before the line was open, or while it was cut, was not heard by any tab
  };
  source.addEventListener("ticket", ({ data }) => tell(data));
  source.addEventListener("requests", () => tell("requests"));
  source.onerror = () => {
    startSilence();
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(stop, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
  stopped.addEventListener("abort", stop);
});

// A tab that the browser freezes must not keep the lock: the others would hear nothing. Where there is no lock to be had,
// trying again at once would hold up everything else.
const takeTurns = async tabs => {
  for (;;) {
    const frozen = new AbortController(), { signal } = frozen;
    document.addEventListener("freeze", () => frozen.abort(), { once: true, signal });
    const turn = () => listen(tabs, signal);
    await (navigator.locks ? navigator.locks.request(`portal-events:${me}`, { signal }, turn) : turn()).catch(() => new Promise(done => setTimeout(done, pause)));
    if (signal.aborted) {
      forgetSilence();
      await new Promise(done => document.addEventListener("resume", done, { once: true }));
    }
    frozen.abort();
  }
};

if (address) {
  const tabs = new BroadcastChannel(`portal:${me}`);
  tabs.onmessage = ({ data }) => typeof data === "boolean" ? showLive(data) : heard(data);
  takeTurns(tabs);
}
