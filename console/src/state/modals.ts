/** A dialog that takes the whole page holds up a stop call: nothing outside it can be touched. */

/** What is open goes on, beside the page and not above it; nothing in it is lost. */
export function letThrough(): void {
  for (const dialog of document.querySelectorAll<HTMLDialogElement>('dialog:modal')) {
    // To whoever opened it, it is open still.
    dialog.addEventListener('close', (event) => event.stopImmediatePropagation(), { capture: true, once: true });
    dialog.close();
    dialog.show();
  }
}
