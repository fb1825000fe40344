// What is sent to the server, and what it answers. Nothing is sent to any other.

export async function about() {
  const answer = await fetch("/about");
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.json();
}

// A picture → its COCO JSON with what is drawn; `tell` hears what share of it has been sent. XMLHttpRequest, because
// fetch says nothing of that.
export function locate(file, tell, signal) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/locate?view=1&threshold=0&name=${encodeURIComponent(file.name || "picture")}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "text";
    request.upload.onprogress = (event) => tell(event.lengthComputable ? event.loaded / event.total : null);
    request.upload.onload = () => tell(1);
    request.onerror = () => failed(new Error("The server does not answer. Is fullconv serve still running?"));
    request.onabort = () => failed(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      let answer;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = { error: `The server answers ${request.status} ${request.statusText}.` };
      }
      if (request.status === 200) done(answer);
      else failed(new Error(answer.error || `The server answers ${request.status}.`));
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

// Which boxes count from a score up; at the threshold that was given, each class may have its own.
export function reaching(found, score) {
  const own = score === found.info.threshold ? found.info.thresholds : {};
  return (one) => one.score >= (own[one.category_id] ?? score);
}

// The COCO JSON that is downloaded: boxes from a score up, without what only the page draws.
export function cocoAbove(found, score) {
  const { view, ...coco } = found;
  return {
    ...coco,
    info: { ...coco.info, threshold: score },
    annotations: coco.annotations.filter(reaching(found, score)),
  };
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
