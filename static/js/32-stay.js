// Before a session ends, the page says so in time. Whatever is asked of the portal begins its idle time anew, in all tabs.
const EARLY = 10 * 60000;
if ($("#sessions-stay")) {
  const tabs = new BroadcastChannel(`portal-session:${document.body.dataset.me}`), last = Date.now() + $("#sessions-stay").dataset.session * 1000;
  let used = Date.now(), before;
  const look = () => {
    const stay = $("#sessions-stay"), { idle, soon, over, ended } = stay.dataset, note = $(".note", stay), said = $("span", stay);
    const end = Math.min(used + idle * 1000, last), now = Date.now();
    const text = now > end ? ended : now < end - EARLY ? "" : (end === last ? over : soon).replace("{time}", new Date(end).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }));
    note.hidden = !text;
    $("form", note).hidden = !text || text === ended || end === last;
    if (said.textContent !== text) { said.textContent = text; say(text); }
  };
  const use = () => { used = Date.now(); look(); };
  tabs.onmessage = use;
  tabs.postMessage("used");
  on("htmx:afterRequest", ({ detail }) => { if (detail.successful && !isQuiet(detail.elt)) { use(); tabs.postMessage("used"); } });
  on("focusin", ({ target, relatedTarget }) => { if (target.closest("#sessions-stay") && relatedTarget) before = relatedTarget; });
  on("htmx:afterSwap", ({ detail }) => { if (detail.target.id === "sessions-stay") { say($("#sessions-stay").dataset.again); (before?.isConnected ? before : $("#main")).focus(); } });
  setInterval(look, 20000);
  on("visibilitychange", look);
}
