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
