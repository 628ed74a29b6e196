// Loads GraphiQL: fetches its files in order; the browser checks each against its hash.

import { send } from "./session.js";

let root = null;

function load(file) {
  const style = file.url.endsWith(".css");
  const element = document.createElement(style ? "link" : "script");
  element.integrity = file.integrity;
  element.crossOrigin = "anonymous";
  if (style) element.rel = "stylesheet";
  element[style ? "href" : "src"] = file.url;
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
}

// Resolves when all files are loaded; rejects if one can't be fetched.
export async function loadGraphiQL(files) {
  if (files.length === 0) throw new Error("no files");
  for (const file of files) await load(file);
}

// Shows GraphiQL in `place`. Its operations are sent with the session of the page.
export function showGraphiQL(place, query, variables) {
  if (root !== null) return;
  const { React, ReactDOM, GraphiQL } = window;
  root = ReactDOM.createRoot(place);
  root.render(
    React.createElement(GraphiQL, {
      fetcher: (operation, options) => send(operation, options?.headers),
      query,
      variables,
      shouldPersistHeaders: false,
      defaultEditorToolsVisibility: true,
    }),
  );
}
