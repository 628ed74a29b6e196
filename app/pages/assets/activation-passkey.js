// Activates with a passkey instead of a password, if the browser can make one. Passkeys are for host names, not for IP
// addresses. The form is sent as with a password, and the server checks it.

const form = document.querySelector("form");
const place = document.getElementById("credential");
const button = place.querySelector("button");
const problem = place.querySelector("[role=alert]");
const { query, failed } = JSON.parse(place.dataset.words);

const isAddress = /^[\d.]+$|:/.test(location.hostname);
const canMake = typeof PublicKeyCredential === "function" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
place.hidden = isAddress || !canMake;

// A name that is missing is asked for before the passkey is made, and not after.
function isNamed() {
  if (form.elements.kind?.value === "GROUP") return true;
  const names = [form.elements.firstName, form.elements.lastName].filter(Boolean);
  for (const field of names) field.required = true;
  const isComplete = names.every((field) => field.reportValidity());
  for (const field of names) field.required = false;
  return isComplete;
}

async function options() {
  const response = await fetch("graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "omit",
    body: JSON.stringify({ query, variables: { token: form.elements.token.value } }),
  });
  const { data } = await response.json();
  return JSON.parse(data.startPasskeyRegistration.options);
}

async function make() {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await options());
  form.elements.namedItem("credential").value = JSON.stringify(await navigator.credentials.create({ publicKey }));
  // Without the checks of the form, which asks for a password.
  form.submit();
}

button.addEventListener("click", async () => {
  problem.textContent = "";
  if (!isNamed()) return;
  button.disabled = true;
  await make().catch(() => {
    // The browser gives no reason.
    problem.textContent = failed;
    button.disabled = false;
  });
});
