/** milsymbol, part by part: its package names the whole of it alone (vite.config.ts says where the parts lie). */
declare module 'milsymbol-parts' {
  interface Drawn {
    isValid(): boolean;
    /** Where in the picture the symbol stands. */
    getAnchor(): { x: number; y: number };
    asCanvas(ratio: number): HTMLCanvasElement;
    getMetadata(): { affiliation: string; context: string };
  }
  interface Style {
    size?: number;
    outlineWidth?: number;
    outlineColor?: string;
    civilianColor?: boolean;
  }
  export const ms: { addIcons(parts: readonly object[]): void; Symbol: new (sidc: string, style?: Style) => Drawn };
  export const numberlandinstallation: object;
  export const numberlandunit: object;
  export const numbertacticalpoints: object;
}
