on("keydown", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  const form = event.target.closest?.("form[data-keys]");
  if (event.key === "Enter" && form) form.requestSubmit();
  const search = $("[data-hotkey]");
  if (event.key === "k" && search?.checkVisibility()) { event.preventDefault(); search.select(); search.focus(); }
});

// Single keys: only where nothing is typed, nothing lies above the page, and the person has not switched them off.
const toSearch = () => {
  const field = $("main input[type=search]") || $(".bar-search [type=search]");
  if (field && !field.checkVisibility()) $("#menu").showPopover();
  field?.select();
  field?.focus();
};
const toRow = step => {
  const rows = $$("[data-row], #tickets-more tr").map(row => $("a", row)), at = rows.findIndex(row => row.closest("tr") === document.activeElement.closest("tr"));
  rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
};
// A row may have gone while the keyboard was on it; those that are still there keep it by their id.
let onRow = false;
on("htmx:beforeSwap", ({ detail }) => { onRow = detail.target.id === "tickets-results" && !!document.activeElement.closest("[data-row]"); });
on("htmx:afterSwap", () => { if (onRow && document.activeElement === document.body) ($("[data-row] a, .empty a") || $("#q")).focus({ preventScroll: true }); });
const single = {
  "/": toSearch,
  n: () => $("a[href='/tickets/new']")?.click(),
  j: () => toRow(1),
  k: () => toRow(-1),
  "?": () => $("[data-shortcuts]")?.click(),
};
on("keydown", event => {
  if (!document.body.dataset.single || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const act = single[event.key];
  if (!act || event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") || $("dialog[open], [popover]:popover-open")) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(event.key)) act();
});
