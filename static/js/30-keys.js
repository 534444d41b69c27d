on("keydown", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  const form = event.target.closest?.("form[data-keys]");
  if (event.key === "Enter" && form) form.requestSubmit();
  const search = $("[data-hotkey]");
  if (event.key === "k" && search?.checkVisibility()) { event.preventDefault(); search.select(); search.focus(); }
});
