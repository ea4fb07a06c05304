// The review page beyond plain forms: words that are selected become a quote, what is typed is kept, answers are counted.
"use strict";

(() => {
  const LONGEST = 500;
  const closest = (node, selector) => (node.nodeType === 1 ? node : node.parentElement)?.closest(selector);

  // What is selected, without what a newer revision has taken out.
  const without = (range) => {
    const part = range.cloneContents();
    part.querySelectorAll("del, .gap").forEach((each) => each.remove());
    return part.textContent;
  };
  const picked = () => {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const text = closest(range.commonAncestorContainer, ".difference, .prose");
    const piece = text && text.closest(".piece");
    const form = piece && piece.querySelector(".new form");
    const words = text ? without(range).trim() : "";
    if (!form || !words || words.length > LONGEST) return null;
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(range.startContainer, range.startOffset);
    return { form, words, before: without(before).slice(-200) };
  };

  const button = document.createElement("button");
  button.type = "button";
  button.className = "pick";
  button.hidden = true;
  button.textContent = "Comment on these words";
  let chosen = null;
  const offer = () => {
    const found = picked();
    if (!found && document.activeElement === button) return;
    chosen = found;
    button.hidden = !chosen;
  };
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    if (!chosen) return;
    const { form, words, before } = chosen;
    form.closest("details").open = true;
    form.elements.quote.value = words;
    form.elements.before.value = before;
    button.hidden = true;
    form.elements.text.focus();
  });
  document.addEventListener("selectionchange", () => setTimeout(offer, 50));

  // The words of open threads are marked in the text; their elements stay as they are.
  const mark = () => {
    if (!window.CSS || !CSS.highlights) return;
    const ranges = [];
    document.querySelectorAll(".threads .thread[data-quote]").forEach((thread) => {
      const text = thread.closest(".piece")?.querySelector(".prose");
      const found = !thread.closest(".settled") && text && place(text, thread.dataset.quote);
      if (found) ranges.push(found);
    });
    CSS.highlights.set("quoted", new Highlight(...ranges));
  };
  // A quote is Markdown, the text on the page is not: its words are looked for, whatever stands between them.
  const anyhow = (quote) => {
    const words = quote.replace(/\]\([^)\n]*\)/g, "]").match(/[\p{L}\p{N}]+/gu);
    return words ? new RegExp(words.join("[^\\p{L}\\p{N}]+"), "u") : null;
  };
  const place = (text, quote) => {
    const whole = text.textContent;
    const found = whole.includes(quote) ? [quote] : anyhow(quote)?.exec(whole);
    if (!found) return null;
    const [words] = found;
    const start = whole.indexOf(words);
    const range = document.createRange();
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    let at = 0;
    let begun = false;
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!begun && start < at + node.length) {
        range.setStart(node, start - at);
        begun = true;
      }
      if (begun && start + words.length <= at + node.length) {
        range.setEnd(node, start + words.length - at);
        return range;
      }
      at += node.length;
    }
    return null;
  };

  const count = () => {
    const counted = document.getElementById("counted");
    if (!counted) return;
    const answered = document.querySelectorAll('.question input[type="radio"]:checked').length;
    counted.textContent = `${answered} of ${counted.dataset.of} answered`;
  };

  // What is typed is kept for this tab until it is sent, so that a reload or a mishap loses nothing.
  const SKIPPED = ["csrf", "key", "revision", "content_hash", "since", "section"];
  const name = (form) => `afterword.${form.dataset.keep}`;
  const keep = (form) => {
    const typed = [...new FormData(form)].filter(([field, value]) => value && !SKIPPED.includes(field));
    sessionStorage.setItem(name(form), JSON.stringify(typed));
  };
  const restore = (form) => {
    const kept = JSON.parse(sessionStorage.getItem(name(form)) || "[]");
    for (const [field, value] of kept) {
      const input = form.elements[field];
      if (input && !input.value) input.value = value;
      if (value && field === "text" && form.closest("details")) form.closest("details").open = true;
    }
  };
  const forms = () => document.querySelectorAll("form[data-keep]");
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) keep(form);
    count();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.keep) sessionStorage.setItem("afterword.sent", name(event.target));
  }, true);
  const sent = () => {
    const key = sessionStorage.getItem("afterword.sent");
    if (key) sessionStorage.removeItem(key);
    sessionStorage.removeItem("afterword.sent");
  };

  const begin = () => {
    forms().forEach(restore);
    mark();
    count();
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(button);
    if (new URLSearchParams(location.search).has("said")) sent();
    begin();
  });

  let own = false;
  // A form that was refused comes back as this page, whatever its status: it is shown, with what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.responseText.includes('id="review"')) event.detail.shouldSwap = true;
    else if (xhr.status < 400 && event.detail.requestConfig.verb === "post") {
      sent();
      own = true;
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    begin();
    const shown = document.getElementById("review")?.dataset;
    const current = document.getElementById("live")?.dataset;
    if (!shown || !current) return;
    if (own) shown.said = current.said;
    own = false;
    document.getElementById("newer").hidden = shown.revision === current.revision;
    document.getElementById("talked").hidden = shown.revision !== current.revision || shown.said === current.said;
  });
})();
