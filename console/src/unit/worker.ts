/** The page is kept by a worker, where the browser lets it: over https, or on the same machine. */
export async function keepPage(): Promise<void> {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  await workers.register('/unit-worker.js', { scope: '/unit' });
  const { active } = await workers.ready;
  const loaded = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
  const paths = loaded.filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/unit/')).map((url) => url.pathname);
  active?.postMessage({ paths: [...new Set(['/unit', '/icon.svg', ...paths])] });
}
