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
