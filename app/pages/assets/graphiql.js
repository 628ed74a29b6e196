// The page at /graphiql. It needs nothing but this server. If GraphiQL's files can be fetched from their public address
// (each pinned by its hash), GraphiQL replaces the plain editor.

import { loadGraphiQL, showGraphiQL } from "./graphiql-editor.js";
import { showSchema } from "./schema.js";
import { dropEnded, send, session, signIn, signOut } from "./session.js";

const FIRST_QUERY = `# Who am I, and what can I see?
query Overview {
  viewer {
    user { displayName email }
    organization { name }
    permissions
  }
  contractAccounts(first: 5) {
    totalCount
    nodes {
      name
      services(first: 3) {
        totalCount
        nodes { code name deliveryAccount { name } }
      }
    }
  }
}
`;

const at = (id) => document.getElementById(id);

function notice(text) {
  at("notice").textContent = text;
}

function showSession() {
  const current = session();
  at("sign-in").hidden = current !== null;
  at("signed-in").hidden = current === null;
  at("who").textContent = current?.email ?? "";
  const demo = at("demo");
  if (demo && current) demo.open = false;
}

// Blocks a second sign-in while one is in progress: otherwise the last response would win.
function setBusy(busy) {
  for (const id of ["sign-in", "demo"]) if (at(id)) at(id).inert = busy;
}

async function signInAs(email, password) {
  notice("");
  setBusy(true);
  try {
    await signIn(email, password);
    at("password").value = "";
  } catch (error) {
    notice(error.message);
  } finally {
    setBusy(false);
  }
  showSession();
}

async function run() {
  let variables = {};
  try {
    variables = JSON.parse(at("variables").value.trim() || "{}");
  } catch (error) {
    at("answer").textContent = `The variables are not valid JSON: ${error.message}`;
    return;
  }
  const start = performance.now();
  at("run").disabled = true;
  try {
    at("answer").textContent = JSON.stringify(await send({ query: at("query").value, variables }), null, 2);
  } catch (error) {
    at("answer").textContent = `No response: ${error.message}`;
  } finally {
    at("run").disabled = false;
    at("took").textContent = `${Math.round(performance.now() - start)} ms`;
  }
}

function switchEditor(toGraphiQL) {
  at("graphiql").hidden = !toGraphiQL;
  at("plain").hidden = toGraphiQL;
  at("other-editor").textContent = toGraphiQL ? "Use the plain editor" : "Use GraphiQL";
  if (toGraphiQL) showGraphiQL(at("graphiql"), at("query").value, at("variables").value);
}

async function offerGraphiQL() {
  try {
    await loadGraphiQL(JSON.parse(at("graphiql-files").textContent));
  } catch {
    return; // Not reachable: the plain editor stays.
  }
  at("other-editor").hidden = false;
  if (at("query").value === initialQuery && at("answer").textContent === "") switchEditor(true);
}

const parameters = new URLSearchParams(location.search);
const initialQuery = parameters.get("query") ?? FIRST_QUERY;
at("query").value = initialQuery;
at("variables").value = parameters.get("variables") ?? "";

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signInAs(at("email").value, at("password").value);
});
at("sign-out").addEventListener("click", async () => {
  await signOut().catch((error) => notice(error.message));
  showSession();
});
at("demo")?.addEventListener("click", ({ target }) => {
  if (target.dataset.email) signInAs(target.dataset.email, target.dataset.password);
});
at("run").addEventListener("click", run);
at("plain").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
at("other-editor").addEventListener("click", () => switchEditor(at("graphiql").hidden));

showSession();
dropEnded().then((dropped) => {
  if (!dropped) return;
  notice("Your session has ended. Sign in again.");
  showSession();
}, () => notice("The server does not respond."));
showSchema(at("types"), at("find"), send);
offerGraphiQL();
