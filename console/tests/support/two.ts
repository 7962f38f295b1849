/** Two parties on this machine, each with its folder and its node as a process, driven by the real program. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The program as `make` built it; `STANDCLEAR` names another. */
const PROGRAM = process.env['STANDCLEAR'] ?? join(process.cwd(), '../target/debug/standclear');
const WITHIN = 60_000;
const POINT = 'id = "airfield"\nname = "Deir ez-Zor airfield, tower"\nposition = "35.2854, 40.1760"';

const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STANDCLEAR_')));

export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + WITHIN;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${WITHIN} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 30));
  }
}

export class Party {
  readonly name: string;
  readonly folder: string;
  readonly #base: string;
  #node: ChildProcess | undefined;
  url = '';
  peers = '';

  constructor(base: string, name: string, listens: boolean) {
    this.name = name;
    this.#base = base;
    this.folder = join(base, name);
    const listen = listens ? ['--listen', '127.0.0.1:0'] : [];
    this.run('party', 'new', name, '--exercise', '--http', '127.0.0.1:0', '--root-key', this.file('root.key'), ...listen);
    const config = join(this.folder, 'node.toml');
    writeFileSync(config, `reserve = 1048576\n${readFileSync(config, 'utf8')}`);
    this.run('officer', 'add', 'duty', '--desk', 'air', '--desk', 'ground', '--out', this.token);
  }

  get token(): string {
    return this.file('token');
  }

  file(name: string): string {
    return join(this.#base, `${this.name}-${name}`);
  }

  run(...args: string[]): string {
    const all = ['--folder', this.folder, ...args];
    return execFileSync(PROGRAM, all, {
      encoding: 'utf8',
      env: { ...settings, STANDCLEAR_LOG: 'error', STANDCLEAR_CACHE: this.file('cache') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  officer(...args: string[]): string {
    return this.run(...args, '--token-file', this.token);
  }

  ask(...args: string[]): any {
    return JSON.parse(this.officer(...args, '--json'));
  }

  async serve(): Promise<void> {
    const node = spawn(PROGRAM, ['--folder', this.folder, 'serve', '--json'], {
      env: { ...settings, STANDCLEAR_LOG: 'error' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#node = node;
    let heard = '';
    node.stdout.on('data', (data) => (heard += String(data)));
    const line = await until('the node listens', () => heard.split('\n').find((line) => line.includes('"node"')));
    const said = JSON.parse(line);
    this.url = said.node;
    this.peers = said.lines[0] ?? '';
    // Found again there after a restart.
    const config = join(this.folder, 'node.toml');
    const text = readFileSync(config, 'utf8').replace('address = "127.0.0.1:0"', `address = "${this.url.replace('http://', '')}"`);
    writeFileSync(config, this.peers ? text.replace('listen = ["127.0.0.1:0"]', `listen = ["${this.peers}"]`) : text);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (!node || node.exitCode !== null) return;
    const gone = new Promise((done) => node.once('exit', done));
    node.kill(signal);
    await gone;
  }

  /** There, and doing nothing: nothing is closed, and nothing answers. */
  freeze(): void {
    this.#node?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#node?.kill('SIGCONT');
  }

  signInLink(officer = 'duty'): string {
    return JSON.parse(this.run('officer', 'link', officer, '--json')).open;
  }
}

/** A line between two parties that serve, of which the first listens: cards, arrangement, both signatures, and the link. */
export async function lineBetween(base: string, first: Party, second: Party, name: string, change = (text: string): string => text): Promise<void> {
  const between = [first, second];
  for (const party of between) {
    const address = party.peers ? ['--address', party.peers] : [];
    if (!existsSync(party.file('card'))) party.run('card', 'export', '--out', party.file('card'), ...address);
  }
  for (const [own, other] of [[first, second], [second, first]] as const) {
    const { fingerprint } = JSON.parse(other.run('party', 'show', '--json'));
    own.run('line', 'add', other.file('card'), '--fingerprint', fingerprint);
  }
  const text = join(base, `${name}.toml`);
  first.run('arrangement', 'new', '--with', second.name, '--name', name, '--out', text);
  const commented = `[[reference_point]]\n${POINT}`.split('\n').map((line) => `# ${line}`).join('\n');
  const filled = readFileSync(text, 'utf8')
    .replace('[area]\n', '[area]\ncircle = { centre = "35.3359, 40.1459", radius = "40 km" }\n')
    .replaceAll('numbers = []', 'numbers = ["+1 555 0100"]')
    .replace(commented, `[[reference_point]]\n${POINT}`);
  writeFileSync(text, change(filled));
  for (const party of between) party.run('arrangement', 'sign', text);
  for (const party of between) party.run('line', 'join', text);
  for (const party of between) {
    await until('the line is up', () => {
      const line = party.ask('lines').find((of: { name: string }) => of.name === name);
      return line?.link === 'up' && line.connections >= 2 ? true : undefined;
    });
  }
}

/** Two parties with a line between them. The first listens, the second dials. */
export class Two {
  readonly base = mkdtempSync(join(tmpdir(), 'standclear-console-'));
  readonly first = new Party(this.base, 'coalition', true);
  readonly second = new Party(this.base, 'russia', false);

  /** `rules`: what the first party's release rules say beyond the shipped ones; `change`: of the arrangement. */
  static async joined({ rules = '', change }: { rules?: string; change?: (text: string) => string } = {}): Promise<Two> {
    const two = new Two();
    const { first, second } = two;
    if (rules) {
      const shipped = (name: string): string => readFileSync(join('../crates/release/rules', name), 'utf8');
      const version = /^version = (\d+)$/m;
      const raised = shipped('default.toml').replace(version, (_, before: string) => `version = ${Number(before) + 1}`);
      writeFileSync(join(first.folder, 'rules.cedar'), `${shipped('default.cedar')}\n${rules}`);
      writeFileSync(join(first.folder, 'rules.toml'), raised);
    }
    await Promise.all([first.serve(), second.serve()]);
    await lineBetween(two.base, first, second, 'air-line', change);
    return two;
  }

  async end(): Promise<void> {
    this.first.thaw();
    this.second.thaw();
    await Promise.all([this.first.end(), this.second.end()]);
    rmSync(this.base, { recursive: true, force: true });
  }
}
