/** The page is kept by a worker, where the browser lets it: over https, or on the same machine. */
export async function keepPage(name: 'unit' | 'wall'): Promise<void> {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const registered = await workers.register('/page-worker.js', { scope: `/${name}` });
  await workers.ready;
  const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
  const paths = loaded.filter((url) => url.origin === location.origin && url.pathname.startsWith(`/assets/${name}/`)).map((url) => url.pathname);
  registered.active?.postMessage({ paths: [...new Set([`/${name}`, '/icon.svg', ...paths])] });
}
