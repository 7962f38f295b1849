/** Which notices the map draws, by the officer's choice. A stop call is no part of it: nothing hides one. */
import type { Notice } from '../api/facts.ts';
import { STANDING } from '../state/kinds.ts';
import { kept } from './kept.ts';

export type Owner = 'own' | 'peer';
export const OWNERS: readonly Owner[] = ['own', 'peer'];

class Shown {
  hiddenKinds = $state.raw<readonly string[]>([]);
  hiddenOwners = $state.raw<readonly Owner[]>([]);
  /** What is over is drawn too. */
  expired = $state(false);
  /** Single keys do something. */
  keys = $state(true);

  draws(notice: Notice): boolean {
    const isStanding = STANDING.has(notice.state) || (this.expired && notice.state === 'expired');
    return isStanding && !this.hiddenKinds.includes(notice.kind) && !this.hiddenOwners.includes(notice.from as Owner);
  }

  get hidesAny(): boolean {
    return this.hiddenKinds.length + this.hiddenOwners.length > 0;
  }

  all(): void {
    this.hiddenKinds = [];
    this.hiddenOwners = [];
  }

  restore(officer: string): void {
    const { hiddenKinds, hiddenOwners, expired, keys } = kept(officer);
    this.hiddenKinds = hiddenKinds ?? [];
    this.hiddenOwners = hiddenOwners ?? [];
    this.expired = expired ?? false;
    this.keys = keys ?? true;
  }
}

export const shown = new Shown();

export const toggled = <T>(all: readonly T[], one: T): T[] => (all.includes(one) ? all.filter((of) => of !== one) : [...all, one]);
