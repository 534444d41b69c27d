"use strict";
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = $("#announcer").dataset;
const on = (name, act) => document.addEventListener(name, act);

const say = text => {
  $("#announcer").textContent = "";
  setTimeout(() => { $("#announcer").textContent = text; }, 60);
};

const toast = text => {
  const item = $("#toast").content.firstElementChild.cloneNode(true);
  $("span", item).textContent = text;
  $("#forms-notice").replaceChildren(item);
};

// Thin line at the top, only when an answer takes long enough to be noticed.
let waiting = 0, timer;
const progress = step => {
  waiting = Math.max(0, waiting + step);
  clearTimeout(timer);
  if (waiting) timer = setTimeout(() => $("#progress").classList.add("on"), 150);
  else $("#progress").classList.remove("on");
};
on("htmx:beforeSend", () => progress(1));
on("htmx:afterRequest", () => progress(-1));
