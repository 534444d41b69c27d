// Rows of the list that are chosen; what comes anew of a row keeps its choice.
const picked = new Set();
const boxes = () => $$(".pick input");
const showPicked = () => {
  const count = $("[data-picked]"), all = $("[data-pick-all]");
  if (!count) return;
  const chosen = boxes().filter(box => box.checked);
  picked.clear();
  chosen.forEach(box => picked.add(box.value));
  count.hidden = !chosen.length;
  count.textContent = count.dataset.picked.replace("{n}", chosen.length);
  all.dataset.all ??= all.textContent;
  all.textContent = chosen.length ? all.dataset.none : all.dataset.all;
};
on("change", event => { if (event.target.matches(".pick input")) showPicked(); });
on("click", event => {
  if (!event.target.closest("[data-pick-all]")) return;
  const none = picked.size > 0;
  boxes().forEach(box => { box.checked = !none; });
  showPicked();
  say($("[data-picked]").textContent);
});
on("htmx:afterSettle", () => {
  boxes().forEach(box => { box.checked ||= picked.has(box.value); });
  showPicked();
});
addEventListener("pageshow", showPicked);
