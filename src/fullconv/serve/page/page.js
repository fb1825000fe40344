// The page: a picture is sent once; shown.js then chooses among what came back.

import { about, locate } from "/asking.js";
import { image } from "/drawing.js";
import { at, introduce, refresh, show } from "/shown.js";

const file = at("file");
let known = null; // what the server says of itself
let sending = null; // the picture on its way
let lasted = null; // seconds of the last search

function state(name) {
  document.body.dataset.state = name;
  at("working").hidden = name !== "working";
  for (const id of ["frame", "controls", "scale"]) at(id).hidden = name !== "shown";
}

function fail(message) {
  at("error").textContent = message;
  at("error").hidden = false;
  at("said").replaceChildren();
  state("error");
}

async function start() {
  try {
    known = await about();
  } catch (error) {
    fail(error.message || "The server does not answer.");
    return;
  }
  introduce(known);
  const names = known.categories.map((one) => one.name);
  const sought = names.length > 6 ? `${names.length} classes` : names.join(", ");
  at("title").textContent = known.classifier;
  document.title = `${known.classifier} · fullconv`;
  at("subtitle").textContent = `A classifier that finds what it names: ${sought}. It never saw a box.`;
  const mega = (number) => +(number / 1e6).toPrecision(3);
  at("limits").textContent = `Up to ${mega(known.limits.bytes)} MB and ${mega(known.limits.pixels)} million pixels. It stays on this server.`;
  at("here").textContent = location.origin;
  if (!sending) state("empty");
}

async function search(chosen) {
  if (!chosen) return;
  sending?.abort();
  const mine = (sending = new AbortController());
  at("error").hidden = true;
  at("said").textContent = "";
  state("working");
  await begin; // whoever is quicker than the server's first answer waits for it
  if (!known || mine !== sending) return;
  const begun = performance.now();
  let sent = 0;
  const tell = () => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    at("progress").toggleAttribute("value", false);
    if (sent !== null && sent < 1) at("progress").value = sent;
    const last = lasted === null ? "" : `; the last one took ${Math.max(1, Math.round(lasted))} s`;
    at("doing").textContent =
      sent !== null && sent < 1 ? `Sending ${chosen.name || "the picture"} …` : `Searching ${chosen.name || "the picture"}: ${seconds} s${last}`;
  };
  const clock = setInterval(tell, 500);
  tell();
  try {
    if (chosen.size > known.limits.bytes) throw new Error(`${chosen.name}: more than ${known.limits.bytes / 1e6} MB. Make it smaller first.`);
    const answer = await locate(chosen, (share) => ((sent = share), tell()), mine.signal);
    const shown = await image(answer.view.picture);
    if (mine !== sending) return;
    lasted = (performance.now() - begun) / 1000;
    state("shown");
    show(answer, shown);
  } catch (error) {
    if (mine !== sending) return;
    if (error.name === "AbortError") state(lasted === null ? "empty" : "shown");
    else fail(error.message);
  } finally {
    clearInterval(clock);
    if (mine === sending) sending = null;
  }
}

file.onchange = () => (search(file.files[0]), (file.value = ""));
at("cancel").onclick = () => sending?.abort();
addEventListener("resize", () => document.body.dataset.state === "shown" && refresh());
addEventListener("dragover", (event) => (event.preventDefault(), document.body.classList.add("over")));
addEventListener("dragleave", () => document.body.classList.remove("over"));
addEventListener("drop", (event) => (event.preventDefault(), document.body.classList.remove("over"), search(event.dataTransfer.files[0])));
addEventListener("paste", (event) => search([...event.clipboardData.files][0]));
const begin = start();
