/** The event socket: connected for as long as the page is signed in, and never silently dead. */
import type { Told } from './facts.ts';

/** How often the node is asked on the socket whether it is there. */
const ASK_EVERY = 1_500;
/** After how long without a word the connection counts as lost. */
const LOST_AFTER = 4_000;
const AGAIN_AFTER = 700;

export interface Heard {
  told(told: Told): void;
  /** Nothing is heard any more. Said once, until `back`. */
  lost(): void;
}

export class Events {
  readonly #path: string;
  readonly #heard: Heard;
  #socket: WebSocket | undefined;
  #last = 0;
  #isLost = false;
  #beat: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(query: string, heard: Heard, of = '/api/events') {
    this.#path = of + query;
    this.#heard = heard;
  }

  open(): void {
    this.close();
    this.#connect();
    this.#beat = setInterval(() => this.#look(), ASK_EVERY);
  }

  close(): void {
    clearInterval(this.#beat);
    clearTimeout(this.#again);
    this.#drop();
  }

  #connect(): void {
    const address = new URL(this.#path, location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#last = performance.now();
    socket.onmessage = (message) => {
      this.#last = performance.now();
      const told = JSON.parse(String(message.data)) as Told;
      if (told.type === 'ready') this.#isLost = false;
      this.#heard.told(told);
      if (told.type === 'start-over') this.#fail();
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#fail();
    };
  }

  #look(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send('there?');
    if (this.#socket && performance.now() - this.#last > LOST_AFTER) this.#fail();
  }

  #fail(): void {
    this.#drop();
    if (!this.#isLost) {
      this.#isLost = true;
      this.#heard.lost();
    }
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#connect(), AGAIN_AFTER);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
