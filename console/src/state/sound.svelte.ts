/** The tones of the desk. A browser lets a page sound only after somebody has touched it; until then the page says so. */
import { Events } from '../api/events.ts';

/** The stop call: two tones in turn, which nothing else on a desk sounds like. Half-seconds of each, in hertz. */
const STOP = [960, 770, 960, 770];
/** The node is gone, or cannot send: low, with silence between. */
const DEAF = [330, 0, 330, 0];
/** Anything else that wants a person: one short note in two seconds. */
const NOTE = [523, 0, 0, 0];
/** Once, when it is armed: whoever armed it has heard it. */
const ARMED = [523, 659];

const STEP = 0.5;
const LOUD = 0.5;

type Pattern = 'stop' | 'deaf' | 'note';
const PATTERNS: Record<Pattern, number[]> = { stop: STOP, deaf: DEAF, note: NOTE };

class Sound {
  /** The page can sound, and has. */
  isArmed = $state(false);
  playing = $state<Pattern | undefined>(undefined);

  #isArming = false;
  #context: AudioContext | undefined;
  #source: AudioBufferSourceNode | undefined;
  #sockets: Events[] = [];
  #desks: string[] = [];

  /** From now on the first touch of the page arms it, for the desks that are given. */
  wait(desks: string[]): () => void {
    this.#desks = desks;
    const arm = (): void => void this.arm();
    for (const kind of ['pointerdown', 'keydown'] as const) addEventListener(kind, arm, { capture: true });
    // Where the browser allows it, it needs no touch.
    void this.arm();
    return () => {
      for (const kind of ['pointerdown', 'keydown'] as const) removeEventListener(kind, arm, { capture: true });
    };
  }

  async arm(): Promise<void> {
    if (this.isArmed) return;
    this.#context ??= this.#made();
    const context = this.#context;
    // It stays pending, and does not fail, for as long as the browser forbids it.
    void context.resume();
    // Whoever touches the page again while it tries has armed it once: each time more would be a sounder that nobody ends.
    if (this.#isArming) return;
    this.#isArming = true;
    try {
      await new Promise((done) => setTimeout(done, 150));
      if (context.state !== 'running') return;
      const before = context.currentTime;
      await this.#once(ARMED);
      // A sound device that does nothing does not move its clock either.
      if (context.state === 'running' && context.currentTime > before) this.#armed();
    } finally {
      this.#isArming = false;
    }
  }

  /** What is to be heard now. */
  play(pattern: Pattern | undefined): void {
    if (!this.#context || pattern === this.playing) return;
    this.#source?.stop();
    this.#source = undefined;
    this.playing = pattern;
    if (!pattern) return;
    this.#source = this.#of(PATTERNS[pattern], true);
    this.#source.start();
  }

  /** No stop call reaches this page any more: no desk is armed by it, and it says so until somebody comes. */
  leave(): void {
    this.#disarmed();
    this.play('deaf');
  }

  end(): void {
    this.play(undefined);
    this.#disarmed();
    void this.#context?.close();
    this.#context = undefined;
  }

  #made(): AudioContext {
    const context = new AudioContext();
    context.onstatechange = () => {
      if (context.state !== 'running') this.#disarmed();
    };
    return context;
  }

  /** The node is told which desks would be heard, for as long as that is so. */
  #armed(): void {
    this.isArmed = true;
    const name = `console-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? '0'}`;
    this.#sockets = this.#desks.map(
      (desk) => new Events(`?desk=${desk}&sounder=${name}`, { told: () => {}, lost: () => {} }),
    );
    for (const socket of this.#sockets) socket.open();
  }

  #disarmed(): void {
    this.isArmed = false;
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
  }

  #once(pattern: number[]): Promise<void> {
    const source = this.#of(pattern, false);
    source.start();
    return new Promise((done) => {
      source.onended = () => done();
      // A context that is stopped meanwhile ends nothing.
      setTimeout(done, pattern.length * STEP * 1000 + 500);
    });
  }

  /** Made once and played round and round: a page that is hidden keeps no time, a buffer does. */
  #of(pattern: number[], loop: boolean): AudioBufferSourceNode {
    const context = this.#context ?? this.#made();
    const each = Math.round(STEP * context.sampleRate);
    const buffer = context.createBuffer(1, each * pattern.length, context.sampleRate);
    const samples = buffer.getChannelData(0);
    const fade = context.sampleRate / 100;
    for (let index = 0; index < samples.length; index += 1) {
      const hertz = pattern[Math.floor(index / each)] ?? 0;
      const within = index % each;
      const edge = Math.min(1, within / fade, (each - within) / fade);
      const wave = Math.sin((2 * Math.PI * hertz * within) / context.sampleRate);
      // A third harmonic carries through the noise of a room.
      const third = Math.sin((6 * Math.PI * hertz * within) / context.sampleRate) / 3;
      samples[index] = hertz ? edge * LOUD * (wave + third) : 0;
    }
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    source.connect(context.destination);
    return source;
  }
}

export const sound = new Sound();
