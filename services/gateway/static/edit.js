// A section's form, while somebody types: saves by itself, keeps what is not saved in this browser, and shows remarks
// at the text. Without it the form is a plain one.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const KEPT = "afterword:";
  document.querySelectorAll("[data-forget]").forEach((link) => link.addEventListener("click", () => forget(location.pathname)));
  const form = document.getElementById("editor");
  const person = form ? form.dataset.person : "";
  const place = (path) => `${KEPT}${path}`;
  function forget(path) {
    localStorage.removeItem(place(path));
  }
  if (!form) return;

  const text = form.elements.text, base = form.elements.base;
  const status = document.getElementById("autosaved"), box = document.getElementById("kept");
  const PAUSE = 5000, LEAST = 15000, LONGEST_WAIT = 60000, ALIVE = 60000;
  let saved = text.hasAttribute("data-unsaved") ? null : text.value;
  let timer = 0, last = 0, wait = PAUSE, isSaving = false, isHeld = !form.dataset.autosave;
  let refused = null;
  let lost = [];  // texts that were sent and never answered: they may stand there by now

  const say = (words) => { status.textContent = words; };
  const isSaved = () => text.value === saved;
  const isToBeSaved = () => !isHeld && !isSaved() && text.value !== refused;

  function keep() {
    if (!box.hidden) return;  // first it is said what becomes of the text that is kept already
    const kept = { person, text: text.value, base: base.value, at: new Date().toISOString() };
    try {
      localStorage.setItem(place(form.getAttribute("action")), JSON.stringify(kept));
    } catch {
      say("This browser keeps nothing more, so save it yourself.");
    }
  }

  function soon(after) {
    clearTimeout(timer);
    if (!isHeld) timer = setTimeout(save, Math.max(after, last + LEAST - Date.now()));
  }

  async function save() {
    clearTimeout(timer);
    if (isSaving || !isToBeSaved()) return;
    isSaving = true;
    last = Date.now();
    const sent = text.value, body = new FormData(form);
    body.delete("key");  // each time is another request
    try {
      const keepalive = sent.length * 3 < ALIVE;
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, keepalive, headers: { Accept: "application/json" } });
      heard(answer.status, await answer.json(), sent);
    } catch {
      lost.push(sent);
      again("It is not saved: nobody answers.");
    }
    isSaving = false;
    if (isToBeSaved() && wait === PAUSE) soon(PAUSE);
  }

  function heard(status, told, sent) {
    if (status === 200) return done(told, sent);
    const theirs = ((told.conflicts || [])[0] || {}).current;
    if (status === 412 && lost.includes(theirs)) {  // what changed it was this very form
      base.value = told.base;
      last = 0;
      wait = PAUSE;
    } else if (status >= 500 || status === 429) {
      lost.push(sent);
      again(`It is not saved: ${told.detail}`);
    } else {
      isHeld = status !== 422;
      refused = sent;
      say(status === 412 ? "Somebody else has changed this section meanwhile. Save, and you see both texts." : `It is not saved: ${told.detail}`);
    }
  }

  function done(told, sent) {
    [saved, base.value, lost, wait] = [sent, told.base, [], PAUSE];
    text.removeAttribute("data-unsaved");
    if (!isSaved()) keep();
    else if (box.hidden) forget(form.getAttribute("action"));
    say(told.said);
    [1500, 5000].forEach((after) => setTimeout(renewRemarks, after));
  }

  function again(why) {
    wait = Math.min(wait * 2, LONGEST_WAIT);
    say(`${why} Your text is kept in this browser, and sent again in ${Math.round(wait / 1000)} seconds.`);
    timer = setTimeout(save, wait);
  }

  function renewRemarks() {
    const remarks = document.getElementById("remarks");
    if (!remarks.contains(document.activeElement)) htmx.trigger(remarks, "saved");
  }

  function preview() {
    htmx.trigger(text, "preview");
    const shown = document.getElementById("preview");
    (document.activeElement === shown ? text : shown).focus();
  }

  // Lines and columns count characters; a field counts UTF-16 units.
  function offset(line, column) {
    const lines = text.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    return before + [...(lines[line - 1] || "")].slice(0, column - 1).join("").length;
  }

  function select(link) {
    const { line, column, endLine, endColumn, words } = link.dataset;
    let [start, end] = [offset(+line, +column), offset(+endLine, +endColumn)];
    if (words && text.value.slice(start, end) !== words && text.value.includes(words)) {
      start = text.value.indexOf(words);
      end = start + words.length;
    }
    text.focus();
    text.setSelectionRange(start, end);
    text.scrollTop = (text.scrollHeight * start) / Math.max(text.value.length, 1) - text.clientHeight / 3;
  }

  function offer() {
    const of = form.dataset.of;  // what was saved a moment ago
    if (of) forget(form.getAttribute("action").replace(/[^/]+$/, of));
    const kept = JSON.parse(localStorage.getItem(place(form.getAttribute("action"))) || "null");
    if (!kept || kept.person !== person || kept.text === text.value) return;
    box.querySelector("[data-when]").textContent = new Date(kept.at).toLocaleString();
    box.querySelector("[data-use]").addEventListener("click", () => {
      [text.value, base.value, saved, box.hidden] = [kept.text, kept.base, null, true];
      htmx.trigger(text, "preview");
      text.focus();
      soon(PAUSE);
    });
    box.querySelector("[data-drop]").addEventListener("click", () => {
      forget(form.getAttribute("action"));
      box.hidden = true;
      if (!isSaved()) keep();
      text.focus();
    });
    box.hidden = false;
  }

  text.addEventListener("input", () => {
    keep();
    if (!isSaving && !isHeld) say("Not saved yet.");
    if (text.value.length > 100000) say(`${text.value.length.toLocaleString()} characters; 100,000 are the most.`);
    soon(wait);
  });
  text.addEventListener("change", () => soon(1500));  // not at once: it may be on the way to a button
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    isHeld = true;
    if (!isSaved()) keep();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    select(link);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "s") form.requestSubmit(document.getElementById("save"));
    else if (event.key === "Enter") preview();
    else return;
    event.preventDefault();
  });
  document.querySelectorAll("[data-scripted]").forEach((each) => { each.hidden = false; });
  document.querySelectorAll("[data-plain]").forEach((each) => { each.hidden = true; });
  offer();
  if (!isSaved()) soon(PAUSE);
});
