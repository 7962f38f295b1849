/** One party that speaks for two organisations to two belligerents, who have no line with each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineBetween, Party } from './two.ts';

/** Organisations, and what each is called. */
export const ELEMENTS = { 'aid-east': 'Eastern Relief', 'aid-west': 'Western Hands' } as const;

export class Aid {
  readonly base = mkdtempSync(join(tmpdir(), 'standclear-aid-'));
  readonly un = new Party(this.base, 'un-aid', true);
  readonly coalition = new Party(this.base, 'coalition', false);
  readonly russia = new Party(this.base, 'russia', false);

  /** Each organisation has an officer, `east` and `west`; the desk that speaks for them `shelter`. */
  static async joined(): Promise<Aid> {
    const aid = new Aid();
    const { un } = aid;
    un.run('officer', 'add', 'shelter', '--desk', 'protection', '--out', un.file('shelter'));
    for (const element of Object.keys(ELEMENTS)) {
      const name = element.replace('aid-', '');
      un.run('officer', 'add', name, '--role', 'represented', '--element', element, '--out', un.file(name));
    }
    for (const other of aid.belligerents) other.run('officer', 'add', 'guard', '--desk', 'protection', '--out', other.file('guard'));
    await Promise.all([un, ...aid.belligerents].map((party) => party.serve()));
    for (const other of aid.belligerents) await lineBetween(aid.base, un, other, `${other.name}-line`);
    for (const [element, name] of Object.entries(ELEMENTS)) un.run('element', 'enrol', element, '--name', name, '--token-file', un.file('shelter'));
    return aid;
  }

  get belligerents(): Party[] {
    return [this.coalition, this.russia];
  }

  async end(): Promise<void> {
    this.un.thaw();
    await Promise.all([this.un, ...this.belligerents].map((party) => party.end()));
    rmSync(this.base, { recursive: true, force: true });
  }
}
