// What the page sends beside its cookie: browsers send a cookie to every port of this machine, and this only to ours.

const NAME = "imagine_playground";

function stored() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return ""; // A browser may forbid it; the page then works until it is loaded again.
  }
}

function store(token) {
  try {
    localStorage.setItem(NAME, token);
  } catch {
    // The same.
  }
}

// It comes behind the "#" of the address, once, when the page is opened by its key.
const handed = new URLSearchParams(location.hash.slice(1)).get("token");
if (handed) {
  store(handed);
  history.replaceState(null, "", location.pathname);
}

const token = handed ?? stored();

export const header = () => ({ Authorization: `Bearer ${token}` });

// Images and event streams are fetched by the browser itself, which sends no headers of ours.
export const withToken = (path) => `${path}${path.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
