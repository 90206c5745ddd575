// @ts-check
/** The state of explorers in the fragment of the page's address: name=key:value;key:value&name=… */

/** A state in a link: only characters that a fragment may hold as they are. @param {Record<string, any>} state */
export function encode(state) {
  /** @type {(v: any) => string} */
  const value = (v) => Array.isArray(v) ? `(${v.map(value).join(",")})` : typeof v === "string" ? `'${encodeURIComponent(v).replace(/['()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}'` : String(v);
  return Object.entries(state).map(([key, v]) => `${key}:${value(v)}`).join(";");
}

/** The state of a link; nothing of one that cannot be read. @param {string} text @returns {Record<string, any>} */
export function decode(text) {
  /** @type {Record<string, any>} */
  const state = {};
  for (const part of text.split(";")) {
    const [key, ...rest] = part.split(":");
    const json = rest.join(":").replace(/\(/g, "[").replace(/\)/g, "]").replaceAll("'", '"');
    try {
      state[key] = JSON.parse(json, (_, v) => (typeof v === "string" ? decodeURIComponent(v) : v));
    } catch {
      continue;
    }
  }
  return state;
}

/** What each name has in the address. */
export const parts = () => new Map(location.hash.slice(1).split("&").filter(Boolean).map((part) => /** @type {[string, string]} */ (part.split(/=(.*)/s))));
