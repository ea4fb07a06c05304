// Copies a postmortem as Markdown. Without scripts, or where a browser keeps the clipboard back, there is the file.
"use strict";

(() => {
  const offer = () => {
    if (!navigator.clipboard) return;
    document.querySelectorAll("button.copy[hidden]").forEach((button) => { button.hidden = false; });
  };
  const copy = async (button) => {
    const said = document.querySelector(".copied");
    try {
      const answer = await fetch(button.dataset.copy, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      await navigator.clipboard.writeText(await answer.text());
      said.textContent = "Copied.";
    } catch {
      said.textContent = "It could not be copied. Take the Markdown file of Export instead.";
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  document.addEventListener("htmx:load", offer);
  offer();
})();
