// The page at /graphiql. It works with nothing but this server; where GraphiQL's own files can be fetched from their
// public address (each pinned by its hash), GraphiQL takes the place of the plain editor.

import { loadGraphiQL, showGraphiQL } from "./graphiql-editor.js";
import { showSchema } from "./schema.js";
import { dropEnded, send, session, signIn, signOut } from "./session.js";

const FIRST_QUERY = `# Who am I, and what do I reach?
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
  const known = session();
  at("sign-in").hidden = known !== null;
  at("signed-in").hidden = known === null;
  at("who").textContent = known?.email ?? "";
  const demo = at("demo");
  if (demo && known) demo.open = false;
}

// While one sign-in is on its way, no other can begin: whichever came last would win.
function setBusy(busy) {
  for (const id of ["sign-in", "demo"]) if (at(id)) at(id).inert = busy;
}

async function enter(email, password) {
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
    at("answer").textContent = `Variables are not JSON: ${error.message}`;
    return;
  }
  const start = performance.now();
  at("run").disabled = true;
  try {
    at("answer").textContent = JSON.stringify(await send({ query: at("query").value, variables }), null, 2);
  } catch (error) {
    at("answer").textContent = `No answer: ${error.message}`;
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
    return; // Not reachable from here: the plain editor stays.
  }
  at("other-editor").hidden = false;
  if (at("query").value === asked && at("answer").textContent === "") switchEditor(true);
}

const given = new URLSearchParams(location.search);
const asked = given.get("query") ?? FIRST_QUERY;
at("query").value = asked;
at("variables").value = given.get("variables") ?? "";

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(at("email").value, at("password").value);
});
at("sign-out").addEventListener("click", async () => {
  await signOut().catch((error) => notice(error.message));
  showSession();
});
at("demo")?.addEventListener("click", ({ target }) => {
  if (target.dataset.email) enter(target.dataset.email, target.dataset.password);
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
}, () => notice("The server does not answer."));
showSchema(at("types"), at("find"), send);
offerGraphiQL();
