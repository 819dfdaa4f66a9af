// Before textual-serve's terminal begins: where it connects to, as this page was reached, and how large it writes.
// After that: its keys go to the till without a click, and a till that has ended says why.
"use strict";

const page = new URL(location.href);
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/ws`;
terminal.dataset.fontSize = page.searchParams.get("fontsize") || "16";
page.searchParams.delete("token");
history.replaceState(null, "", page); // the link is used up: it shall not be tried again

const focus = () => document.querySelector(".xterm-helper-textarea")?.focus();

// A till that was here has been closed; one that never came may be in another tab.
async function ended() {
  const wasHere = document.body.classList.contains("-first-byte");
  const taken = !wasHere && (await (await fetch("/seat")).json()).taken;
  document.getElementById("ended").classList.toggle("taken", taken);
  document.getElementById("again").focus();
}

new MutationObserver((_, observer) => {
  if (document.body.classList.contains("-first-byte")) focus();
  if (!document.body.classList.contains("-closed")) return;
  observer.disconnect();
  ended();
}).observe(document.body, { attributeFilter: ["class"] });

addEventListener("focus", () => document.body.classList.contains("-closed") || focus());
document.getElementById("again").onclick = () => location.reload();
