/** Symbols of MIL-STD-2525 as pictures for the map. A chunk of its own, which comes after the map. */
import { ms, numberlandinstallation, numberlandunit, numbertacticalpoints } from 'milsymbol-parts';

ms.addIcons([numberlandunit, numberlandinstallation, numbertacticalpoints]);

/** The height of a frame, in pixels of the page. */
const SIZE = 20;
/** Drawn so much larger, for screens that have more pixels. */
export const RATIO = 2;

/** A picture whose middle is where the symbol stands; nothing where the standard knows none. */
export function imageOf(sidc: string): ImageData | undefined {
  const symbol = new ms.Symbol(sidc, { size: SIZE, outlineWidth: 6, outlineColor: '#f4f7fa', civilianColor: false });
  if (!symbol.isValid()) return undefined;
  const drawn = symbol.asCanvas(RATIO);
  const { x, y } = symbol.getAnchor();
  const canvas = document.createElement('canvas');
  const half = (at: number, size: number): number => Math.ceil(Math.max(at * RATIO, size - at * RATIO));
  const [across, up] = [half(x, drawn.width), half(y, drawn.height)];
  [canvas.width, canvas.height] = [2 * across, 2 * up];
  const context = canvas.getContext('2d');
  context?.drawImage(drawn, across - Math.round(x * RATIO), up - Math.round(y * RATIO));
  return context?.getImageData(0, 0, canvas.width, canvas.height);
}
