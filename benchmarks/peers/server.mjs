// PostGraphile as a peer of Portico: `node server.mjs PORT`, with DATABASE_URL and, in PEER_CLAIMS, what is known of each
// caller by their token, as JSON: {"token": {"user": "…", "organization": "…", …}}.

import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

// PostGraphile uses it, and Node 20 doesn't have it.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((...functions) => ([resolve, reject] = functions));
  return { promise, resolve, reject };
};

const CONNECTIONS = 16;
const claims = JSON.parse(process.env.PEER_CLAIMS);

/** The settings of a request's transaction; those of nobody if the token is unknown. */
function settings(request) {
  const token = request?.headers?.authorization?.replace(/^Bearer /, "");
  const { staff, ...known } = claims[token] ?? {};
  const values = Object.entries(known).map(([name, value]) => [`peer.${name}`, value]);
  return { role: staff === "true" ? "portico_peer_staff" : "portico_peer", ...Object.fromEntries(values) };
}

const preset = {
  extends: [PostGraphileAmberPreset],
  disablePlugins: ["NodePlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public", "peer_api"],
      // Its statements are prepared, and planning takes longer than running them.
      poolConfig: { max: CONNECTIONS, options: "-c plan_cache_mode=force_generic_plan" },
    }),
  ],
  grafast: {
    explain: false,
    context: (request) => ({ pgSettings: settings(request.node?.req) }),
  },
  grafserv: { graphiql: false, websockets: false, watch: false },
};

const instance = postgraphile(preset);
const server = createServer();
server.keepAliveTimeout = 60_000;
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(Number(process.argv[2]), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
