// The other language is another page: what is typed on this one goes along, but for passwords and files.
const entries = () => $$("main form[method=post]").flatMap(form => [...form.elements]).filter(field => field.name && !field.matches("button, fieldset, [type=hidden], [type=password], [type=file]"));
const ticked = field => field.matches("[type=checkbox], [type=radio]") ? "checked" : "value";
const untouched = field => ticked(field) === "checked" ? field.checked === field.defaultChecked : field.options ? [...field.options].every(one => one.selected === one.defaultSelected) : field.value === field.defaultValue;
on("submit", ({ target }) => {
  if (target.id !== "language-switch") return;
  target.back.value = location.pathname + location.search;
  sessionStorage.setItem("typed", JSON.stringify([location.pathname, ...entries().map(field => untouched(field) ? 0 : [field.name, field[ticked(field)]])]));
});
const [typedAt, ...carried] = JSON.parse(sessionStorage.getItem("typed") || "[]");
sessionStorage.removeItem("typed");
if (typedAt === location.pathname) entries().forEach((field, place) => {
  const [name, value] = carried[place] || [];
  if (name === field.name && field[ticked(field)] !== value) { field[ticked(field)] = value; field.dispatchEvent(new Event("input", { bubbles: true })); }
});
