/** The node's own shapes by shorter names, and what the description leaves open: slots. */
import type { components } from './described.ts';

type Schemas = components['schemas'];

export type Me = Schemas['Me'];
export type Line = Schemas['LineShown'];
export type Arrangement = Omit<Schemas['ArrangementShown'], 'area' | 'reference_points'> & {
  area: Area;
  reference_points: { id: string; name: string; place: Place }[];
};
export type Alarm = Schemas['AlarmTold'];
export type Call = Omit<Schemas['CallShown'], 'details'> & { details: Slots | null };
export type Check = Schemas['CheckShown'];
export type Draft = Omit<Schemas['DraftShown'], 'slots'> & { slots: Slots };
export type Notice = Omit<Schemas['NoticeShown'], 'slots'> & { slots: Slots | null };
export type Witness = Omit<Schemas['WitnessShown'], 'at'> & { at: [Place, Place] };
/** Two notices in force that come nearer than the arrangement allows. */
export type Conflict = Omit<Schemas['ConflictShown'], 'witness'> & { witness: Witness | null };
/** The same, of a plan that only this node knows. */
export type PlanConflict = Omit<Schemas['PlanConflictShown'], 'witness'> & { witness: Witness };
/** What a release would send on one line, and what would stay here. */
export type Preview = Omit<Schemas['PreviewShown'], 'received'> & {
  received: (Omit<Schemas['ReceivedShown'], 'slots'> & { slots: Slots }) | null;
};
/** What an answer would give away. */
export type Reveals = Omit<Schemas['RevealsShown'], 'area'> & { area: Area };
export type Imported = Schemas['SheetImported'];
export type Sweep = Schemas['SweepShown'];
/** An organisation that this party speaks for. */
export type Element = Schemas['ElementShown'];
/** Our own units that a notice or stop call concerns. */
export type Downstream = Schemas['DownstreamShown'];
/** One of them, and where it is. */
export type Unit = Omit<Schemas['UnitShown'], 'area'> & { area?: Area | null };
/** The operator's maps, beside the one of the program. */
export type Maps = Schemas['MapsShown'];
export type Found = Schemas['PlaceFound'];
export type Basemap = Schemas['MapShown'];
export type SiteExport = Schemas['SiteExportShown'];
export type Watch = Schemas['WatchShown'];
/** What was said on the hotline, and what can be. */
export type Phrase = Omit<Schemas['PhraseShown'], 'slots' | 'read_backs'> & { slots: Slots | null; read_backs: PhraseReadBack[] };
export type PhraseReadBack = Omit<Schemas['ReadBackShown'], 'items'> & { items: Slots };
export type Translation = Schemas['TranslationShown'];
export type Catalogue = Schemas['PhrasesShown'];
export type Catalogued = Schemas['CataloguedShown'];
export type PhrasePreview = Omit<Schemas['PhrasePreview'], 'by_rules'> & { by_rules: Preview | null };
/** A claim with what either side says of it, and a warning. */
export type Claim = Omit<Schemas['ClaimShown'], 'slots'> & { slots: Slots | null };
export type Warning = Omit<Schemas['WarningShown'], 'slots'> & { slots: Slots | null };
export type Incident = Claim | Warning;
export type Further = Schemas['FurtherShown'];
export type Evidence = Schemas['EvidenceShown'];
/** What the record here holds of a claim's place and time. */
export type Context = Schemas['ContextShown'];
export type Fallback = Schemas['FallbackShown'];
export type Outcome = Schemas['Outcome'];

/** A position in every customary form, none finer than it was stated. */
export interface Place {
  decimal: string;
  decimal_minutes: string;
  minutes_seconds: string;
  mgrs: string | null;
  latitude_e7: number;
  longitude_e7: number;
  precision_mm: number;
}

export type PlaceForm = 'decimal' | 'decimal_minutes' | 'minutes_seconds' | 'mgrs';

/** One of the three is given. */
export interface Area {
  circle?: { centre: Place; radius_mm: number };
  polygon?: Place[];
  corridor?: { points: Place[]; width_mm: number };
}

/** The point of an area to which bearing and distance lead; counted from 0. */
export type Anchor = 'centre' | { vertex: number } | { point: number };

export interface Window {
  from: number;
  until: number;
}

/** Slots by name. Those that are only shown by their name and code are text or a number. */
export interface Slots {
  area?: Area;
  'second-description'?: { text: string; stated?: { anchor?: Anchor } };
  band?: { text: string };
  window?: Window;
  place?: Place;
  precision?: number;
  count?: number;
  since?: number;
  [other: string]: unknown;
}

/** What the node says as it happens. */
export type Told =
  | ({ type: 'alarm' } & Alarm)
  | { type: 'alarm-ended' | 'alarm-silenced'; alarm: string }
  | { type: 'ready' | 'start-over' | 'here' }
  | ({ type: 'changed' } & Changed);

/** A fact by its kind and name, and the stop call or notice that it is or speaks of. */
export interface Changed {
  what: string;
  line: string | null;
  id: string | null;
  about: string | null;
}
