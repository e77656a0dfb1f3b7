// Uploads with progress that go on after a break: an addition to the plain form, which works without.
// Protocol: draft-ietf-httpbis-resumable-upload. The server keeps whole pieces; HEAD tells how much.

const LEAST_WAIT = 1000;
const LONGEST_WAIT = 30000;

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    const file = form.elements.file.files[0];
    event.preventDefault();
    upload(form, file);
  });
}

async function upload(form, file) {
  const box = form.querySelector(".upload");
  const words = box.dataset;
  const button = form.querySelector("button[type=submit]");
  const tell = (text, is_wrong = false) => {
    box.hidden = false;
    const status = box.querySelector("[role=status]");
    status.textContent = text;
    status.classList.toggle("wrong", is_wrong);
  };
  if (!file) return tell(words.wordsChoose, true);
  if (file.size > Number(form.dataset.largest)) return tell(words.wordsLarge, true);
  button.disabled = true;
  const leave = (event) => event.preventDefault();
  window.addEventListener("beforeunload", leave);
  try {
    const address = known(form, file) ?? (await begin(form, file));
    await send(form, file, address, tell, box.querySelector("progress"));
    window.removeEventListener("beforeunload", leave);
    window.location.assign(form.dataset.next);
  } catch (refusal) {
    tell(refusal.words ?? words.wordsWrong, true);
    button.disabled = false;
    window.removeEventListener("beforeunload", leave);
  }
}

// An upload of this very file that was broken off earlier.
function known(form, file) {
  for (const one of form.dataset.unfinished.split(",").filter(Boolean)) {
    const [id, length, name] = one.split(" ");
    if (Number(length) === file.size && decodeURIComponent(name) === file.name) return `/uploads/${id}`;
  }
  return null;
}

async function begin(form, file) {
  const answer = await request("POST", form.dataset.upload, form, {
    "File-Name": encodeURIComponent(file.name),
    "Upload-Length": String(file.size),
  });
  if (answer.status !== 201) throw refused(answer);
  return answer.getResponseHeader("Location");
}

async function send(form, file, address, tell, bar) {
  const words = form.querySelector(".upload").dataset;
  let wait = LEAST_WAIT;
  for (;;) {
    const told = await request("HEAD", address, form, {});
    if (told.status === 404) throw refused(told);
    if (told.status === 204) {
      const offset = Number(told.getResponseHeader("Upload-Offset"));
      const answer = await request("PATCH", address, form, {
        "Content-Type": "application/partial-upload",
        "Upload-Offset": String(offset),
        "Upload-Complete": "?1",
      }, file.slice(offset), (sent) => {
        const done = offset + sent;
        bar.max = file.size;
        bar.value = done;
        wait = LEAST_WAIT;
        tell(done < file.size
          ? words.wordsSending.replace("{done}", size(done)).replace("{all}", size(file.size))
          : words.wordsChecking);
      });
      if (answer.status === 200) return;
      if (answer.status !== 0 && answer.status !== 409 && answer.status < 500) throw refused(answer);
    }
    tell(words.wordsWaiting);
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}

// One request; status 0 where the line broke.
function request(method, address, form, headers, body = null, progress = null) {
  return new Promise((resolve) => {
    const asked = new XMLHttpRequest();
    asked.open(method, address);
    asked.setRequestHeader("X-Form-Token", form.elements._token.value);
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value);
    if (progress) asked.upload.onprogress = (event) => progress(event.loaded);
    asked.onloadend = () => resolve(asked);
    asked.send(body);
  });
}

function refused(answer) {
  try {
    return { words: JSON.parse(answer.responseText).words };
  } catch {
    return {};
  }
}

function size(bytes) {
  const megabytes = bytes / 1048576;
  return `${megabytes.toLocaleString(document.documentElement.lang, { maximumFractionDigits: megabytes < 10 ? 1 : 0 })} MB`;
}
