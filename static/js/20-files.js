// Files: one native input; chosen, dropped and pasted ones are gathered into it.
const comma = number => document.documentElement.lang === "de" ? number.replace(".", ",") : number;
const mega = n => comma((n / 1048576).toFixed(1));
const sizeOf = n => n < 1048576 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${mega(n)} MB`;
const gathered = new WeakMap(), previews = new WeakMap();

// Small pictures as data: addresses, the only ones that the page's policy lets in; the big ones are let go at once.
const previewOf = async file => {
  const small = await createImageBitmap(file, { resizeHeight: 96, resizeQuality: "medium" });
  const canvas = new OffscreenCanvas(small.width, small.height);
  canvas.getContext("2d").drawImage(small, 0, 0);
  small.close();
  const reader = new FileReader();
  const read = new Promise(done => { reader.onload = () => done(reader.result); });
  reader.readAsDataURL(await canvas.convertToBlob({ type: "image/webp", quality: .8 }));
  return read;
};
const showPreview = async (file, glyph) => {
  if (!file.type.startsWith("image/")) return;
  if (!previews.has(file)) previews.set(file, previewOf(file).catch(() => ""));
  const src = await previews.get(file);
  if (src) glyph.replaceWith(Object.assign(new Image(), { src, alt: "" }));
};

const drawFiles = (box, input, files) => {
  const carrier = new DataTransfer();
  files.forEach(file => carrier.items.add(file));
  input.files = carrier.files;
  gathered.set(input, files);
  $(".chosen", box).replaceChildren(...files.map((file, place) => {
    const item = $("#chosen-file").content.firstElementChild.cloneNode(true);
    const [name, size] = $$("span", item);
    name.textContent = file.name;
    size.textContent = sizeOf(file.size);
    showPreview(file, item.firstElementChild);
    $("button", item).ariaLabel = box.dataset.remove + file.name;
    $("button", item).onclick = () => {
      drawFiles(box, input, files.filter(f => f !== file));
      complain(input, "");
      const others = $$(".chosen button", box), next = others[place] || others[place - 1];
      if (next) return next.focus();
      $("label", box).scrollIntoView({ block: "nearest" });
      input.focus();
    };
    return item;
  }));
  touched(input.form);
};
const askAgain = (form, names) => {
  const note = $("[data-again]", form);
  note.dataset.names = JSON.stringify(names);
  note.hidden = !names.length;
  $("span", note).textContent = note.dataset.again.replace("{names}", names.join(", "));
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
  askAgain(input.form, missing(input.form).filter(name => !files.some(file => file.name === name)));
  drawFiles(box, input, files);
  complain(input, refused.join(" "));
};
// Browsers call every picture out of the clipboard the same.
const named = (file, box) => file.name !== "image.png" ? file : new File([file], `${box.dataset.pasted} ${new Date().toTimeString().slice(0, 8).replaceAll(":", "-")}.png`, file);
on("paste", event => {
  const box = $("[data-files]", event.target.closest?.("form") || undefined), files = [...event.clipboardData.files];
  if (box && files.length && !event.clipboardData.getData("text/plain")) { event.preventDefault(); addFiles(box, files.map(file => named(file, box))); }
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

// How far the upload is. What comes back is counted by the same event, and is smaller than the files.
on("htmx:xhr:progress", ({ target, detail: { lengthComputable, loaded, total } }) => {
  const place = target.matches?.("form") && $("[data-upload]", target);
  const size = place ? (gathered.get($("input[type=file]", target)) || []).reduce((sum, file) => sum + file.size, 0) : 0;
  if (!size || !lengthComputable || total < size || (place.hidden && loaded >= total)) return;
  const bar = $("progress", place);
  place.hidden = false;
  bar.max = total;
  bar.value = loaded;
  $("span", place).textContent = loaded < total ? place.dataset.upload.replace("{done}", mega(loaded)).replace("{all}", mega(total)) : place.dataset.checked;
  $("button", place).ariaDisabled = String(loaded >= total);
});
on("htmx:afterRequest", ({ target }) => {
  const place = target.matches?.("form") && $("[data-upload]", target);
  if (place) place.hidden = true;
});
on("click", event => {
  const stop = event.target.closest("[data-upload] button");
  if (!stop || stop.ariaDisabled === "true") return;
  const { form } = stop;
  htmx.trigger(form, "htmx:abort");
  toast(stop.closest("[data-upload]").dataset.stopped);
  $("button[type=submit]", form).focus();
});

$$("form[data-draft]").forEach(restoreDraft);
