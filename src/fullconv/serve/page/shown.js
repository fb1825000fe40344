// What was found, and what follows from the choices: nothing here asks the server.

import { cocoAbove, reaching, save } from "/asking.js";
import { colours, draw, drawBar, heatCanvas, opaque } from "/drawing.js";

export const at = (id) => document.getElementById(id);
const slider = at("threshold"), category = at("category"), level = at("level"), canvas = at("canvas");
const probability = (value) => value.toFixed(Math.abs(value * 100 - Math.round(value * 100)) < 1e-6 ? 2 : 3);
const counted = (count) => (count === 1 ? "1 box" : `${count} boxes`);

let known = null; // what the server says of itself
let heat = null; // 256 colours
let found = null; // its answer to the last picture
let picture = null;
let score = 0; // the threshold, exactly
let near = null; // the box that is pointed at

export function introduce(says) {
  known = says;
  heat = colours(known.heat);
  drawBar(at("bar"), heat);
  slider.min = known.floor;
}

export function show(answer, shown) {
  [found, picture, near] = [answer, shown, null];
  const maps = found.view.maps;
  const keys = Object.keys(maps[0].heats);
  const names = new Map(found.categories.map((one) => [String(one.id), one.name]));
  const before = category.value;
  const several = keys.length > 1;
  const alone = several ? "any class" : names.get(String(found.view.categories[0]));
  category.replaceChildren(new Option(alone, "any"));
  for (const key of keys.filter((one) => one !== "any")) category.add(new Option(names.get(key), key));
  category.value = keys.includes(before) ? before : "any";
  category.disabled = !several;
  level.replaceChildren(...maps.map((one, place) => new Option(one.name, place)));
  score = found.info.threshold;
  at("top").replaceChildren(
    ...found.info.top.map((one) => {
      const row = document.createElement("tr");
      row.insertCell().textContent = one.name;
      row.insertCell().textContent = one.probability.toFixed(3);
      return row;
    }),
  );
  refresh();
}

const ofClass = () => found.annotations.filter((one) => category.value === "any" || String(one.category_id) === category.value);

function boxes() {
  const kept = ofClass().filter(reaching(found, score));
  return kept.map((one) => {
    const { name, colour, ink } = known.categories.find((each) => each.id === one.category_id);
    return { bbox: one.bbox, score: one.score, name, colour, ink, text: `${name} ${one.score.toFixed(2)}`, id: one.id };
  });
}

// Everything that follows from the choices.
export function refresh() {
  const kept = boxes();
  slider.value = score;
  at("threshold-value").textContent = probability(score);
  const moved = score !== found.info.threshold;
  at("reason").textContent = `${moved ? `At first ${probability(found.info.threshold)}` : "Why this one"}: ${found.info.reason}.`;
  at("back").hidden = !moved;
  say(kept);
  list(kept);
  const above = cocoAbove(found, score).annotations.length;
  at("coco-says").textContent = `detections.json: ${counted(above)} of all classes from ${probability(score)} up, in pixels of the upright picture.`;
  paint(kept);
}

function say(kept) {
  const best = Math.max(...ofClass().map((one) => one.score));
  const word = category.value === "any" ? "" : ` of ${category.selectedOptions[0].text}`;
  if (kept.length) return at("said").replaceChildren(`${counted(kept.length)}${word} from ${probability(score)} up`);
  if (best === -Infinity) return at("said").replaceChildren(`Nothing found${word}: no score reaches ${probability(known.floor)}.`);
  const lower = Object.assign(document.createElement("button"), { type: "button", id: "lower", textContent: "Show it" });
  lower.onclick = () => ((score = best), refresh(), slider.focus());
  at("said").replaceChildren(`Nothing${word} above ${probability(score)}; the highest is ${best.toFixed(3)}: move the slider.`, lower);
}

function list(kept) {
  const counts = new Map();
  for (const box of kept) counts.set(box.name, { box, count: (counts.get(box.name)?.count || 0) + 1 });
  at("legend").replaceChildren(
    ...[...counts.values()].map(({ box, count }) => {
      const swatch = document.createElement("span");
      swatch.style.background = box.colour;
      const row = document.createElement("li");
      row.append(swatch, `${box.name}: ${count}`);
      return row;
    }),
  );
  at("found").replaceChildren(
    ...kept.slice(0, 200).map((box) => {
      const row = document.createElement("li"), button = document.createElement("button"), swatch = document.createElement("i");
      swatch.style.background = box.colour;
      button.type = "button";
      button.dataset.id = box.id;
      const part = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });
      const [x, y, w, h] = box.bbox.map(Math.round);
      const named = part("name", box.name);
      named.append(part("where", `${w} × ${h} at ${x}, ${y}`));
      button.append(swatch, named, part("score", box.score.toFixed(3)));
      const point = (to) => () => ((near = to), paint(boxes()));
      button.onmouseenter = button.onfocus = point(box.id);
      button.onmouseleave = button.onblur = point(null);
      row.append(button);
      return row;
    }),
  );
}

function scene(kept) {
  const map = found.view.maps[level.value || 0];
  const [{ width, height }] = found.images;
  const behind = at("show-picture").checked;
  const heated = at("show-heat").checked ? heatCanvas(map, category.value, behind ? heat : opaque(heat)) : null;
  const shown = at("show-boxes").checked ? [...kept].reverse() : [];
  return { picture: behind ? picture : null, width, height, heat: heated, covers: map.covers, boxes: shown, near: shown.find((one) => one.id === near), names: at("show-names").checked };
}

function paint(kept) {
  const made = scene(kept), room = at("frame").parentElement.clientWidth, tall = Math.max(320, innerHeight * 0.8);
  draw(canvas, made, Math.min(room, (tall * made.width) / made.height, made.width * 8), devicePixelRatio || 1);
  canvas.setAttribute("aria-label", `${found.images[0].file_name}: ${at("said").firstChild?.textContent || ""}`);
  const limit = (found.view.maps[level.value || 0].heats[category.value] || found.view.maps[level.value || 0].heats.any).limit;
  at("scale").hidden = !at("show-heat").checked;
  at("scale-name").textContent = `probability of ${category.selectedOptions[0].text}`;
  at("scale-end").textContent = String(limit);
}

function download(kind) {
  const name = found.images[0].file_name.replace(/\.[^.]*$/, "");
  if (kind === "coco")
    return save(new Blob([JSON.stringify(cocoAbove(found, score), null, 1) + "\n"], { type: "application/json" }), "detections.json");
  const big = document.createElement("canvas"), made = scene(boxes());
  draw(big, { ...made, near: null }, Math.max(made.width, Math.min(900, made.width * 8)), 1);
  big.toBlob((blob) => save(blob, `${name}-overlay.png`), "image/png");
}

function pointed(event) {
  const scale = found.images[0].width / canvas.clientWidth;
  const x = event.offsetX * scale, y = event.offsetY * scale;
  const under = boxes().filter(({ bbox: [left, top, wide, high] }) => x >= left && x <= left + wide && y >= top && y <= top + high);
  under.sort((one, other) => one.bbox[2] * one.bbox[3] - other.bbox[2] * other.bbox[3]);
  const now = under[0]?.id ?? null;
  at("tip").hidden = now === null;
  if (under[0]) at("tip").textContent = `${under[0].name} ${under[0].score.toFixed(3)}`;
  if (now === near) return;
  near = now;
  for (const row of at("found").querySelectorAll("button")) row.classList.toggle("near", Number(row.dataset.id) === now);
  paint(boxes());
}

slider.oninput = () => ((score = Number(slider.value)), refresh());
at("back").onclick = () => ((score = found.info.threshold), refresh(), slider.focus());
for (const one of [category, level]) one.onchange = refresh;
for (const id of ["show-picture", "show-heat", "show-boxes", "show-names"]) at(id).onchange = refresh;
at("coco").onclick = () => download("coco");
at("png").onclick = () => download("png");
canvas.onmousemove = pointed;
canvas.onmouseleave = () => ((near = null), (at("tip").hidden = true), paint(boxes()));
