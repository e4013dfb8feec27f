const POLL_FIRST = 2_000; // between two polls while something happens
const POLL_MOST = 15_000; // and when nothing has for a minute
const QUIET_PER_PAUSE = 4; // the pause is a quarter of the time for which nothing happened
const ANSWER_WITHIN = 20_000;
const OPEN = 1;
const CLOSED = 3;

/**
 * A line made of HTTP calls, for networks that let no WebSocket through. LiveSocket
 * takes it for a WebSocket: each frame is a call of its own, one after the other, and
 * what the server would push is asked for, soon while something happens. Media, which
 * wait for their store, have calls beside the others': no ask waits for them (P1).
 */
export class PolledLine {
  readyState = OPEN;
  onopen = null;
  onmessage = null;
  onclose = null;

  #queue = [];
  #working = false;
  #media = []; // offers, and messages that show something
  #carrying = false;
  #pinged = false;
  #held = false; // the last poll came too soon
  #stirred = Date.now();
  #timer = 0;
  #calls = new Set(); // those that have no answer yet, by what ends them
  #token = '';
  #visitor = ''; // who somebody was before they were known
  #conversation = ''; // where ready has put them
  // What the session has heard already.
  #mark = '';
  #messages = new Map(); // of the last page, as text, by key
  #newest = '';
  #state = '';
  #passed = 0;

  /** @param {string} url where frames are POSTed */
  constructor(url) {
    this.url = url;
    queueMicrotask(() => this.readyState === OPEN && this.onopen?.());
  }

  /** @param {string} text a frame */
  send(text) {
    const frame = JSON.parse(text);
    if (frame.type === 'hello') {
      this.#token = frame.token; // it travels in a header
      this.#visitor = frame.visitor ?? '';
      this.#queue.push({type: 'hello'});
    } else if (frame.type === 'ping') this.#pinged = true; // a poll answers it, too
    else (hasMedia(frame) ? this.#media : this.#queue).push(frame);
    if (frame.type !== 'ping' && frame.type !== 'seen') this.#stirred = Date.now();
    this.#work();
    this.#carry();
  }

  close() {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    clearTimeout(this.#timer);
    for (const call of this.#calls) call.abort();
  }

  /** The line broke, or the server ended it. */
  #end(code) {
    if (this.readyState === CLOSED) return;
    this.close();
    this.onclose?.({code});
  }

  /** Makes the calls that wait, one at a time: what is said first arrives first. */
  async #work() {
    if (this.#working) return;
    this.#working = true;
    clearTimeout(this.#timer);
    while (this.readyState === OPEN && (this.#queue.length || (this.#pinged && !this.#held))) {
      await this.#call(this.#queue.shift() ?? {type: 'poll', mark: this.#mark});
    }
    this.#working = false;
    if (this.readyState === OPEN) this.#timer = setTimeout(() => this.#ask(), this.#pause());
  }

  /** Makes the calls of media, in their own order. */
  async #carry() {
    if (this.#carrying) return;
    this.#carrying = true;
    while (this.readyState === OPEN && this.#media.length) await this.#call(this.#media.shift());
    this.#carrying = false;
  }

  async #ask() {
    this.#held = false;
    this.#queue.push({type: 'poll', mark: this.#mark});
    await this.#work();
  }

  #pause() {
    const quiet = this.#held ? 0 : document.visibilityState === 'hidden' ? Infinity : (Date.now() - this.#stirred) / QUIET_PER_PAUSE;
    // Pages that were let in together do not ask together for ever.
    return Math.min(POLL_MOST, Math.max(POLL_FIRST, quiet)) * (0.9 + Math.random() * 0.2);
  }

  async #call(frame) {
    const call = new AbortController();
    this.#calls.add(call);
    const late = setTimeout(() => call.abort(), ANSWER_WITHIN);
    let response;
    let answer;
    try {
      response = await fetch(this.url, {
        method: 'POST',
        headers: {Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json'},
        body: JSON.stringify(this.#visitor ? {type: 'as', visitor: this.#visitor, conversation: this.#conversation, frame} : frame),
        cache: 'no-store',
        credentials: 'omit',
        signal: call.signal,
      });
      answer = await response.json().catch((error) => {
        if (call.signal.aborted) throw error;
        return {};
      });
    } catch {
      // A store that hangs says nothing of the line: the file is tried again, and the rest goes on.
      if (call.signal.aborted && hasMedia(frame)) this.#refused(frame, {code: 'deadline_exceeded', message: ''});
      else this.#end(1006);
      return;
    } finally {
      clearTimeout(late);
      this.#calls.delete(call);
    }
    if (this.readyState !== OPEN) return;
    if (!response.ok || !Array.isArray(answer.frames)) {
      this.#refused(frame, answer.error ?? {code: 'unavailable', message: ''});
      return;
    }
    if (!answer.frames.length) this.#say({type: 'pong'}); // it says nothing, and is a sign of life
    for (const heard of answer.frames) this.#hear(heard, frame.type);
    if (frame.type === 'poll') this.#pong(answer.frames.at(-1)?.now);
  }

  /** What was said and not taken is told as on a connection; without an answer to a poll there is none. */
  #refused(frame, error) {
    // Whoever shares the address polls as well: what somebody writes now must not wait for a new line.
    this.#held = frame.type === 'poll' && error.code === 'flood_limit';
    if (this.#held) return this.#say({type: 'pong'}); // a sign of life as well
    this.#say({type: 'error', id: frame.id, error});
    if (frame.type === 'poll') this.#end(1013);
    if (frame.type === 'hello') this.#end(error.code === 'bad_request' ? 4400 : 1013);
  }

  #hear(frame, asked) {
    if (frame.type === 'pong') return;
    if (frame.type === 'passing') {
      if (frame.until !== this.#passed) this.#say(frame.frame);
      this.#passed = frame.until;
      this.#stirred = Date.now();
      return;
    }
    if (frame.type !== 'ready') {
      this.#say(frame);
      return;
    }
    const missed = frame.more && this.#newest && (frame.messages[0]?.key ?? '') > this.#newest;
    const news = asked === 'hello' || missed ? [frame] : this.#news(frame);
    this.#conversation = frame.conversation;
    this.#mark = frame.mark;
    this.#messages = new Map(frame.messages.map((message) => [message.key, JSON.stringify(message)]));
    this.#newest = frame.messages.at(-1)?.key ?? '';
    this.#state = JSON.stringify(frame.state);
    this.#stirred = Date.now();
    for (const heard of news) this.#say(heard);
  }

  /** What a connection would have been pushed since the last poll. */
  #news({messages, state}) {
    const news = messages.filter((message) => this.#messages.get(message.key) !== JSON.stringify(message))
      .map((message) => ({type: 'message', message}));
    if (JSON.stringify(state) !== this.#state) news.push({type: 'state', state});
    return news;
  }

  /** LiveSocket measures the clock by the ping it sent: other polls are none of its business. */
  #pong(now) {
    if (!this.#pinged || this.readyState !== OPEN) return;
    this.#pinged = false;
    this.#say({type: 'pong', now});
  }

  #say(frame) {
    if (this.readyState === OPEN) this.onmessage?.({data: JSON.stringify(frame)});
  }
}

function hasMedia({type, media, frame}) {
  return type === 'media' || Boolean(media ?? frame?.media);
}
