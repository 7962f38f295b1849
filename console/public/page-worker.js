// Keeps the page of a unit's telephone, or of a wall, so that it opens when the node is gone: the page itself, and nothing that it was
// told. What it was told the page keeps (src/unit/kept.ts, src/wall/kept.ts). Served from `/`, registered for `/unit` or `/wall` alone: a
// desk has none.
const PAGE = new URL(self.registration.scope).pathname;
const KEPT = `standclear-${PAGE.slice(1)}`;
const ASSETS = `/assets${PAGE}/`;
/** How long the node may take for the page itself before the kept one is shown, in milliseconds. */
const WITHIN = 2_500;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** The page says what it consists of: that is kept, and what an older page consisted of is not. */
self.addEventListener('message', (event) => {
  const { paths } = event.data;
  event.waitUntil(keep(paths.filter((path) => path === PAGE || path === '/icon.svg' || path.startsWith(ASSETS))));
});

async function keep(paths) {
  const kept = await caches.open(KEPT);
  const have = (await kept.keys()).map((request) => new URL(request.url).pathname);
  await kept.addAll(paths.filter((path) => path === PAGE || !have.includes(path)));
  await Promise.all(have.filter((path) => !paths.includes(path)).map((path) => kept.delete(path)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && pathname === PAGE) event.respondWith(page(request));
  // A name below it carries a hash of what is in the file: the kept one is the same.
  else if (pathname.startsWith(ASSETS) || pathname === '/icon.svg') event.respondWith(asset(request));
});

async function page(request) {
  try {
    const found = await fetch(request, { signal: AbortSignal.timeout(WITHIN) });
    if (found.ok) return found;
  } catch {
    // Gone, or too slow: the kept one says so, and goes on asking.
  }
  const kept = await caches.match(PAGE, { cacheName: KEPT });
  return kept ?? fetch(request);
}

async function asset(request) {
  const kept = await caches.match(request.url, { cacheName: KEPT });
  return kept ?? fetch(request);
}
