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
