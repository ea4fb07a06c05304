// What every page does beyond plain forms. Without scripts everything works all the same.
"use strict";

// A form that takes its time is not sent twice by a second click; its key makes even that harmless.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("data-again")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// A page that is looked at hears when something happens: its element `live` is fetched anew, or it says so. A page in
// the background listens to nothing, since a browser has few connections to one host.
document.addEventListener("DOMContentLoaded", () => {
  const news = document.getElementById("news");
  if (!news) return;
  let source = null;
  let soon = null;
  const renew = () => {
    if (!document.getElementById("live")) news.hidden = false;
    else htmx.ajax("GET", news.querySelector("a").getAttribute("href"), { target: "#live", select: "#live", swap: "outerHTML" });
  };
  const hear = () => {
    clearTimeout(soon);
    soon = setTimeout(renew, 400);
  };
  const listen = () => {
    if (document.hidden) {
      if (source) source.close();
      source = null;
    } else if (!source) {
      source = new EventSource(news.dataset.live);
      source.addEventListener("news", hear);
      source.addEventListener("reset", hear);
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hear();
    listen();
  });
  listen();
});
