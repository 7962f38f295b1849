/** Three parties, each with a line to each of the others: two belligerents, and whoever brings aid between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineBetween, Party } from './two.ts';

export class Three {
  readonly base = mkdtempSync(join(tmpdir(), 'standclear-three-'));
  readonly coalition = new Party(this.base, 'coalition', true);
  readonly russia = new Party(this.base, 'russia', false);
  readonly aid = new Party(this.base, 'un-aid', true);

  /** On every line of the third own words are agreed. */
  static async joined(): Promise<Three> {
    const three = new Three();
    const { coalition, russia, aid, base } = three;
    await Promise.all([coalition, russia, aid].map((party) => party.serve()));
    const words = (text: string): string => text.replace('free_text = false', 'free_text = true');
    await lineBetween(base, coalition, russia, 'air-line');
    await lineBetween(base, aid, coalition, 'aid-west', words);
    await lineBetween(base, aid, russia, 'aid-east', words);
    return three;
  }

  async end(): Promise<void> {
    await Promise.all([this.coalition, this.russia, this.aid].map((party) => party.end()));
    rmSync(this.base, { recursive: true, force: true });
  }
}
