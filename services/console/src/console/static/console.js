"use strict";
// Keeps the page up to date: the server names the page's digest, and what differs is exchanged.

const status = document.getElementById("live");

function tell(text, state) {
  status.hidden = false;
  status.className = "live " + state;
  if (status.textContent !== text) status.textContent = text;
}

function exchange(next) {
  for (const section of next.querySelectorAll("main > section")) {
    const shown = document.getElementById(section.id);
    if (shown && shown.innerHTML !== section.innerHTML) shown.innerHTML = section.innerHTML;
  }
  document.documentElement.dataset.digest = next.documentElement.dataset.digest;
}

async function refresh() {
  const answer = await fetch("/");
  if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

const source = new EventSource("/live");
source.addEventListener("open", () => tell("Live", "on"));
source.addEventListener("error", () => tell("Not connected, trying again", "off"));
source.addEventListener("overview", (event) => {
  if (event.data !== document.documentElement.dataset.digest) refresh();
});
