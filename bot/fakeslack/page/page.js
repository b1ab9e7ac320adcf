"use strict";
const { user, place } = document.body.dataset;
const stream = document.getElementById("stream");
const say = document.getElementById("say");
const box = say.querySelector("textarea");
const thread = document.getElementById("thread");
const notice = document.getElementById("notice");
let replyTo = null;
let version = null;

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user, ...body }),
  });
  const result = await answer.json();
  notice.hidden = !result.error;
  notice.textContent = result.error || "";
  await refresh();
  return result;
}

function fields(form) {
  return [...form.querySelectorAll("[name]")];
}

function entered(form) {
  const values = {};
  for (const field of fields(form)) {
    if (field.type === "checkbox") {
      values[field.name] = values[field.name] || [];
      if (field.checked) values[field.name].push(field.value);
    } else values[field.name] = field.value;
  }
  return values;
}

async function refresh() {
  const answer = await fetch(`page/stream?as=${user}&place=${place}`);
  const fresh = await answer.json();
  const typing = stream.contains(document.activeElement) &&
    ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement.tagName);
  if (fresh.version === version || (typing && version)) return;
  const open = {};
  stream.querySelectorAll("details[data-key]").forEach((one) => { open[one.dataset.key] = one.open; });
  const form = stream.querySelector("form.modal");
  const typed = form ? entered(form) : {};
  const atEnd = stream.scrollHeight - stream.scrollTop - stream.clientHeight < 80;
  version = fresh.version;
  stream.innerHTML = fresh.html;
  stream.querySelectorAll("details[data-key]").forEach((one) => {
    if (one.dataset.key in open) one.open = open[one.dataset.key];
  });
  const again = stream.querySelector("form.modal");
  if (again && form && again.dataset.view === form.dataset.view) {
    for (const field of fields(again)) {
      if (!(field.name in typed)) continue;
      if (field.type === "checkbox") field.checked = typed[field.name].includes(field.value);
      else field.value = typed[field.name];
    }
  }
  if (atEnd) stream.scrollTop = stream.scrollHeight;
}

function reply(ts) {
  replyTo = ts;
  thread.hidden = !ts;
  box.focus();
}

function used(element, value) {
  const action = element.dataset.action;
  const view = element.closest("[data-view]");
  if (view) {
    const typed = view.tagName === "FORM" ? entered(view) : {};
    delete typed[element.name];
    for (const name of Object.keys(typed)) if (typed[name] === "") delete typed[name];
    return send("page/click", { view_id: view.dataset.view, action_id: action, value, typed });
  }
  const { channel, ts } = element.closest("[data-ts]").dataset;
  return send("page/click", { channel, ts, action_id: action, value });
}

stream.addEventListener("click", (event) => {
  const button = event.target.closest("button, a.button");
  if (!button) return;
  if (button.dataset.shortcut) {
    const { channel, ts } = button.closest("[data-ts]").dataset;
    return send("page/shortcut", { callback_id: button.dataset.shortcut, channel, ts });
  }
  if (button.dataset.reply) return reply(button.dataset.reply);
  if ("close" in button.dataset) {
    event.preventDefault();
    return send("page/close", { view_id: button.closest("form").dataset.view });
  }
  if (button.dataset.action) {
    if (button.tagName === "BUTTON") event.preventDefault();
    if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) return;
    used(button, button.dataset.value);
  }
});

stream.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.dataset.action || field.tagName !== "SELECT" || !field.value) return;
  field.blur();
  used(field, field.value);
});

stream.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = entered(event.target);
  for (const name of Object.keys(values)) if (values[name] === "") delete values[name];
  document.activeElement.blur();
  send("page/submit", { view_id: event.target.dataset.view, values });
});

say.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = box.value;
  if (!text.trim()) return;
  box.value = "";
  await send("page/say", { channel: place, text, thread_ts: replyTo });
  stream.scrollTop = stream.scrollHeight;
});

box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    say.requestSubmit();
  }
});

say.querySelectorAll("[data-shortcut]").forEach((button) => button.addEventListener("click", () =>
  send("page/shortcut", { callback_id: button.dataset.shortcut })));
thread.querySelector("button").addEventListener("click", () => reply(null));
stream.scrollTop = stream.scrollHeight;
setInterval(() => refresh().catch(() => {}), 700);
