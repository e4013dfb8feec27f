import {ServerClock} from './clock.js';

const OPEN = 1; // a line's readyState
const PING_EVERY = 20_000; // unless the server says another rhythm
const PONG_WITHIN = 8_000;
const TOKEN_WITHIN = 20_000;
const READY_WITHIN = 15_000; // from the first attempt to open
const BACKOFF_FIRST = 500;
const BACKOFF_MOST = 15_000;
const RESTARTS = 1012; // the server said that it is coming back
const SHUT_AFTER = 2; // WebSockets in a row on which nothing was ever heard
const READY_SOON = 6_000; // of a WebSocket where there is another way: some open and carry nothing
const CALL_WITHIN = 22_000; // a line of calls ends itself before
const PROBE_FIRST = 10_000; // until a WebSocket is tried again beside calls
const PROBE_MOST = 600_000;

/**
 * A WebSocket that stays: it says hello, notices a dead line, and comes back
 * with growing, jittered pauses, or at once when the network or the page does.
 * Where WebSockets do not get through, HTTP calls take its place until one does.
 */
export class LiveSocket {
  /**
   * @param {Object} options
   * @param {string} options.url ws:, wss:, http:, https: or a path
   * @param {string} [options.calls] where frames are POSTed when WebSockets do not get through; without it they are tried on
   * @param {() => Promise<string>} options.token asked on every connect; it travels in the first frame or a header, never in a URL
   * @param {() => Object} [options.hello] what the first frame says besides
   * @param {(frame: any) => void} options.onFrame
   * @param {(status: 'connecting'|'open'|'offline'|'denied') => void} options.onStatus
   * @param {number} [options.patience] refusals in a row before the status says so; a token that never changes needs none
   */
  constructor({url, calls = '', token, hello = () => ({}), onFrame, onStatus, patience = 2}) {
    this.url = webSocketURL(url);
    this.calls = calls;
    this.token = token;
    this.hello = hello;
    this.onFrame = onFrame;
    this.onStatus = onStatus;
    this.patience = patience;
    this.clock = new ServerClock();
    this.status = 'offline';
    this.denial = ''; // the code of the last refusal, until it is let in
    this.rhythm = PING_EVERY; // between two pings
    this.pinged = 0; // when we last asked for a sign of life
    this.heard = 0; // when there last was one
    this.attempt = 0;
    this.shut = 0; // WebSockets in a row on which nothing was heard
    this.wanted = false;
    this.wake = () => {
      if (document.visibilityState === 'hidden') return;
      // A phone that slept keeps a socket that looks open and is not.
      if (this.status === 'open') this.#ask();
      else if (!this.socket) this.#connect();
    };
    this.leave = () => this.#lost(0);
  }

  open() {
    if (this.wanted) return;
    this.wanted = true;
    addEventListener('online', this.wake);
    addEventListener('offline', this.leave);
    document.addEventListener('visibilitychange', this.wake);
    this.#connect();
  }

  /** Drops the line and stays away until open is called. */
  close() {
    this.wanted = false;
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.leave);
    document.removeEventListener('visibilitychange', this.wake);
    this.#release();
    this.#become('offline');
  }

  /** @returns {boolean} whether the frame was handed to an identified connection */
  send(frame) {
    if (this.status !== 'open' || this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    // Whoever says something must not wait minutes to learn that nobody hears it.
    if (Date.now() - Math.max(this.heard, this.pinged) > PING_EVERY) this.#ask();
    return true;
  }

  async #connect() {
    clearTimeout(this.retryTimer);
    this.#release();
    this.#become('connecting');
    const turn = (this.turn = {});
    this.#watch(TOKEN_WITHIN);
    let token;
    try {
      token = await this.token();
    } catch {
      token = '';
    }
    if (this.turn !== turn || !this.wanted) return;
    if (!token) {
      this.#lost(0);
      return;
    }
    this.polled = Boolean(this.calls) && this.shut >= SHUT_AFTER;
    const PolledLine = this.polled ? await fetchPolledLine() : null;
    if (this.turn !== turn || !this.wanted) return;
    if (this.polled && !PolledLine) {
      this.shut = SHUT_AFTER - 1; // a WebSocket has its turn again
      this.#lost(0);
      return;
    }
    const socket = PolledLine ? new PolledLine(this.calls) : new WebSocket(this.url);
    socket.onopen = () => socket.send(JSON.stringify({...this.hello(), type: 'hello', token}));
    this.#take(socket);
    this.#watch(this.polled ? CALL_WITHIN : this.calls ? READY_SOON : READY_WITHIN);
  }

  /** @param {string[]} [early] what was heard on it before it said ready */
  #take(socket, early = []) {
    this.socket = socket;
    this.early = early;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      if (this.socket === socket) this.#lost(event.code);
    };
  }

  /** While calls do: is there a WebSocket by now? It takes over once it says that it is ready. */
  async #probe(pause) {
    const turn = this.turn;
    const token = await this.token().catch(() => '');
    if (this.turn !== turn) return;
    const again = () => {
      if (this.turn === turn && this.probe === socket) this.#probeIn(Math.min(PROBE_MOST, pause * 2));
    };
    const socket = token ? new WebSocket(this.url) : null;
    const early = [];
    this.probe = socket;
    if (!socket) return again();
    this.probeTimer = setTimeout(() => socket.close(), READY_WITHIN);
    socket.onopen = () => socket.send(JSON.stringify({...this.hello(), type: 'hello', token}));
    socket.onclose = again;
    socket.onmessage = ({data}) => {
      const {type} = JSON.parse(data);
      if (this.turn !== turn || type === 'error') return socket.close();
      if (type !== 'ready') return void early.push(data);
      clearTimeout(this.probeTimer);
      this.probe = null;
      this.polled = false;
      this.socket.close();
      this.#take(socket, early);
      this.#receive(data);
    };
  }

  #probeIn(pause) {
    clearTimeout(this.probeTimer);
    this.probeTimer = setTimeout(() => this.#probe(pause), pause);
  }

  #receive(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    this.heard = Date.now();
    if (!this.polled) this.shut = 0;
    if (frame.type === 'ready') {
      if (this.polled && this.status !== 'open') this.#probeIn(PROBE_FIRST);
      this.attempt = 0;
      this.denial = '';
      this.rhythm = frame.ping_seconds > 0 ? frame.ping_seconds * 1000 : PING_EVERY;
      this.clock.correct(frame.now);
      this.#become('open');
      this.#beat();
    } else if (this.status !== 'open' && frame.type !== 'error') {
      this.early.push(data); // pushed while ready was being made: that is older, and comes first
      return;
    }
    if (this.status === 'open' && this.deadTimer) this.#beat(); // whatever is heard is a sign of life
    if (frame.type === 'pong') {
      if (frame.now) this.clock.correct(frame.now, this.pinged);
      return;
    }
    if (frame.type === 'error' && this.#denies(frame.error?.code)) {
      this.denial = frame.error.code;
      this.#lost(4401);
      return;
    }
    this.onFrame(frame);
    if (frame.type === 'ready') for (const pushed of this.early.splice(0)) this.#receive(pushed);
  }

  /** Whether an error says that this connection, or this client, may not be here. */
  #denies(code) {
    return code === 'unauthenticated' || (code === 'forbidden' && this.status !== 'open');
  }

  /** After a sign of life: ask for the next one in a while. */
  #beat() {
    clearTimeout(this.pingTimer);
    this.#unwatch();
    this.pingTimer = setTimeout(() => this.#ask(), this.rhythm);
  }

  #ask() {
    this.pinged = Date.now();
    this.send({type: 'ping'});
    this.#watch(this.polled ? CALL_WITHIN : PONG_WITHIN);
  }

  #watch(within) {
    this.#unwatch();
    this.deadTimer = setTimeout(() => this.#lost(0), within);
  }

  #unwatch() {
    clearTimeout(this.deadTimer);
    this.deadTimer = 0;
  }

  #release() {
    this.turn = null;
    clearTimeout(this.pingTimer);
    this.#unwatch();
    clearTimeout(this.retryTimer);
    clearTimeout(this.probeTimer);
    const lines = [this.socket, this.probe];
    this.socket = this.probe = null;
    for (const line of lines) line?.close();
  }

  #lost(code) {
    if (!this.wanted) return;
    this.#count();
    this.#release();
    const refused = code === 4400 || code === 4401;
    this.#become(refused && this.attempt >= this.patience ? 'denied' : 'offline');
    if (!this.wanted) return; // whoever was told has closed it
    const ceiling = Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** this.attempt);
    const most = code === RESTARTS ? Math.min(ceiling, 2_000) : ceiling;
    this.attempt++;
    // Half fixed, half random: a restart must not bring every phone back at once.
    this.retryTimer = setTimeout(() => this.#connect(), most / 2 + (Math.random() * most) / 2);
  }

  /** Whether lines of this kind get through is known by those on which nothing was ever heard. */
  #count() {
    if (!this.socket || this.status !== 'connecting' || !navigator.onLine) return;
    // Calls that do not get through say nothing against WebSockets: each has its turn.
    this.shut = this.polled ? SHUT_AFTER - 1 : this.shut + 1;
  }

  #become(status) {
    if (this.status === status) return;
    this.status = status;
    this.onStatus(status);
  }
}

/** Few networks need it, and so it is fetched in those. */
function fetchPolledLine() {
  return import('./polled.js').then(({PolledLine}) => PolledLine, () => null);
}

function webSocketURL(address) {
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}
