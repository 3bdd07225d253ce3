// The API of the same address. A token, where one is needed, lives as long as the tab, and so does API Gateway's key.

const HELD = { token: "atomic-token", key: "atomic-key" };

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const hold = (token, key) => { sessionStorage.setItem(HELD.token, token); sessionStorage.setItem(HELD.key, key); };
export const holdsToken = () => Boolean(sessionStorage.getItem(HELD.token));

async function send(path, options = {}) {
  const headers = { ...options.headers };
  const [token, key] = [HELD.token, HELD.key].map((name) => sessionStorage.getItem(name));
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["x-api-key"] = key;
  const answer = await fetch(path, { ...options, headers, cache: "no-store" });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Problem(answer.status, told.detail ?? answer.statusText);
}

export async function get(path) {
  return (await send(path)).json();
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return (await send(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

// A picture as an image, which runs no script. `said` is what it shows, in words.
export function picture(path, said) {
  const image = new Image();
  image.alt = said;
  image.width = 720;
  image.height = 420;
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  send(`${path}${path.includes("?") ? "&" : "?"}theme=${theme}`)
    .then((answer) => answer.blob())
    .then((blob) => {
      const url = URL.createObjectURL(blob);
      image.onload = () => URL.revokeObjectURL(url);
      image.src = url;
    })
    .catch((problem) => { image.alt = `${said}: ${problem.message}`; });
  return image;
}
