// A page that only passes somebody on: sent once, also when it was made ready before it was looked at.
const passOn = $("form[data-submit-at-once]");
if (passOn) {
  passOn.addEventListener("submit", () => setTimeout(() => { $("button", passOn).disabled = true; }));
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  if (document.prerendering) document.addEventListener("prerenderingchange", () => passOn.requestSubmit(), { once: true });
  else passOn.requestSubmit();
}

// Where passwords and codes are typed, Back and reload ask for the page again instead of sending them once more.
if ($("[data-once]")) history.replaceState(history.state, "", location.href);
