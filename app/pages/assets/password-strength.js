// Shows how hard the password is to guess while it is typed. The API decides; without it, nothing is shown.

const PAUSE = 400;

const form = document.querySelector("form");
const place = document.getElementById("strength");
const meter = place.querySelector("meter");
const status = place.querySelector("p");
const { query, ...words } = JSON.parse(place.dataset.words);

let timer;
let pending;

function value(name) {
  return form.elements[name]?.value || null;
}

function show(strength) {
  meter.hidden = strength === null;
  meter.value = strength?.score ?? 0;
  if (strength === null) {
    status.textContent = "";
    return;
  }
  const advice = strength.feedback.map((sentence) => words.advice[sentence] ?? sentence);
  status.textContent = [`${words.scores[strength.score]}.`, ...advice].join(" ");
}

async function rate(signal) {
  const variables = {
    password: value("password"),
    token: value("token"),
    firstName: value("firstName"),
    lastName: value("lastName"),
  };
  const response = await fetch("graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({ query, variables }),
    signal,
  });
  const { data } = await response.json();
  return data?.passwordStrength ?? null;
}

// Of several answers, only that to the newest password is shown.
async function update() {
  pending?.abort();
  pending = new AbortController();
  const { signal } = pending;
  const strength = value("password") ? await rate(signal).catch(() => null) : null;
  if (!signal.aborted) show(strength);
}

form.addEventListener("input", ({ target }) => {
  if (!["password", "firstName", "lastName"].includes(target.name)) return;
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
});
