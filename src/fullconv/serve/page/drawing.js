// The picture with its heat and boxes, on a canvas of any size.

const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

// 256 colours (R, G, B, A), from clear to the strongest heat.
export const colours = (text) => bytes(text);

export function image(address) {
  return new Promise((done, failed) => {
    const made = new Image();
    made.onload = () => done(made);
    made.onerror = () => failed(new Error("The picture cannot be shown."));
    made.src = address;
  });
}

// One map as a small canvas, a pixel a cell.
export function heatCanvas(map, key, table) {
  const heat = map.heats[key] || map.heats.any;
  const cells = bytes(heat.cells);
  const made = document.createElement("canvas");
  made.width = map.columns;
  made.height = map.rows;
  const pixels = new ImageData(map.columns, map.rows);
  for (let place = 0; place < cells.length; place++)
    pixels.data.set(table.subarray(4 * cells[place], 4 * cells[place] + 4), 4 * place);
  made.getContext("2d").putImageData(pixels, 0, 0);
  return made;
}

// The same colours for heat without a picture behind it.
export const opaque = (table) => table.map((value, place) => (place % 4 === 3 ? 255 : value));

export function drawBar(canvas, table) {
  const pixels = new ImageData(256, 1);
  pixels.data.set(opaque(table));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// `scene`: picture (or null), width, height (of the picture in its own pixels), heat, covers, boxes [{bbox, text, colour, ink}],
// near (the box that is pointed at), names (whether they are written).
export function draw(canvas, scene, width, density) {
  const scale = width / scene.width;
  canvas.width = Math.max(1, Math.round(width * density));
  canvas.height = Math.max(1, Math.round(scene.height * scale * density));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${scene.height * scale}px`;
  const pen = canvas.getContext("2d");
  pen.scale(density * scale, density * scale);
  pen.imageSmoothingEnabled = scale < 3; // small pictures keep their pixels
  if (scene.picture) pen.drawImage(scene.picture, 0, 0, scene.width, scene.height);
  pen.imageSmoothingEnabled = true;
  if (scene.heat) pen.drawImage(scene.heat, ...scene.covers);
  const one = 1 / scale; // a pixel of the page
  for (const box of scene.boxes) frame(pen, box, one, box === scene.near ? 4 : 2.2);
  if (scene.names) for (const box of scene.boxes) label(pen, box, one, scene);
}

function frame(pen, box, one, thick) {
  // A rim of the other lightness, so that a box shows on any ground.
  pen.lineWidth = (thick + 2) * one;
  pen.strokeStyle = box.ink === "white" ? "#ffffffcc" : "#000000b0";
  pen.strokeRect(...box.bbox);
  pen.lineWidth = thick * one;
  pen.strokeStyle = box.colour;
  pen.strokeRect(...box.bbox);
}

function label(pen, box, one, scene) {
  const [x, y, w, h] = box.bbox;
  const high = 18 * one;
  pen.font = `600 ${12 * one}px system-ui, sans-serif`;
  const wide = pen.measureText(box.text).width + 8 * one;
  const left = Math.max(0, Math.min(x - one, scene.width - wide));
  const above = y - high >= 0;
  const top = above ? y - high : Math.min(y + h, scene.height - high);
  pen.fillStyle = box.colour;
  pen.fillRect(left, top, wide, high);
  pen.fillStyle = box.ink;
  pen.textBaseline = "middle";
  pen.fillText(box.text, left + 4 * one, top + high / 2);
}
