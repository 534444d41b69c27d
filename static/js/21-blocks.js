// Text blocks: fetched for this ticket and put where the cursor stands; without a script the form is sent for it.
on("click", async event => {
  const button = event.target.closest("[data-block]");
  if (!button) return;
  event.preventDefault();
  const area = $("textarea[name=body]", button.form);
  try {
    const answer = await fetch(button.dataset.block);
    if (!answer.ok) return toast(words.failed);
    const before = area.value.slice(0, area.selectionStart), gap = before && !before.endsWith("\n") ? "\n\n" : "";
    area.setRangeText(gap + await answer.text(), area.selectionStart, area.selectionEnd, "end");
  } catch {
    return toast(words.offline);
  }
  button.closest("details").open = false;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
});
