import {el, setText} from '../common/dom.js';

const LONGEST = 120; // seconds
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const ENDINGS = {'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg'};

/**
 * Voice notes: press to start, press to stop and send, or discard. While the
 * microphone is open a bar says so, with the seconds. A note that ends by itself, such
 * as by a telephone call, stays in the bar until the customer has decided.
 */
export class Voice {
  /**
   * @param {import('./composer.js').Composer} composer beside whose input the bar appears
   * @param {(files: File[], seconds: number) => void} onRecorded
   */
  constructor(composer, onRecorded) {
    this.composer = composer;
    this.onRecorded = onRecorded;
    this.lamp = el('span', {class: 'lamp', 'aria-hidden': 'true'});
    this.says = el('span');
    this.clock = el('span', {class: 'clock'});
    this.stopButton = el('button', {type: 'button', class: 'again', test: 'voice-stop', on: {click: () => this.stop()}});
    this.discardButton = el('button', {type: 'button', class: 'soft', test: 'voice-discard', on: {click: () => this.discard()}});
    this.bar = el('div', {class: 'recording', test: 'recording', hidden: true},
      this.lamp, this.says, this.clock, this.discardButton, this.stopButton);
    this.problem = el('p', {class: 'left', role: 'alert', test: 'voice-problem', hidden: true});
    composer.node.prepend(this.bar, this.problem);
  }

  get t() {
    return this.composer.t;
  }

  async start() {
    if (this.asking || this.recorder || this.note) return;
    this.asking = true;
    this.fate = ''; // what is to become of it: 'send', 'discard', or not known yet
    this.problem.hidden = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({audio: true});
      if (this.fate || !this.bar.isConnected) this.#release(); // the page went on meanwhile
      else this.#record();
    } catch {
      this.#complain(this.stream ? 'voiceFailed' : 'voiceDenied');
      this.#release();
    } finally {
      this.asking = false;
    }
  }

  /** Ends the note and sends it. */
  stop() {
    this.#end('send');
  }

  /** Ends the note, of which nothing stays; also when the widget goes away. */
  discard() {
    this.#end('discard');
  }

  #end(fate) {
    this.fate = fate;
    if (this.recorder?.state === 'recording') this.recorder.stop();
    else if (this.note) this.#decided();
  }

  #record() {
    const chunks = [];
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(this.stream, mimeType ? {mimeType} : {});
    recorder.ondataavailable = ({data}) => data.size && chunks.push(data);
    recorder.onstop = () => this.#recorded(chunks);
    recorder.start();
    this.recorder = recorder;
    this.began = Date.now();
    setText(this.stopButton, this.t('voiceSend'));
    setText(this.discardButton, this.t('voiceDiscard'));
    this.lamp.hidden = this.bar.hidden = false;
    this.composer.microphone.disabled = true;
    this.#say('recording');
    this.#tick();
    this.ticking = setInterval(() => this.#tick(), 250);
    this.stopButton.focus();
  }

  get seconds() {
    return Math.min(Math.round((Date.now() - this.began) / 1000), LONGEST);
  }

  #tick() {
    const {seconds} = this;
    setText(this.clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
    if (seconds >= LONGEST) this.stop();
  }

  #recorded(chunks) {
    const type = (this.recorder.mimeType || TYPES[0]).split(';')[0];
    const name = `${this.t('voiceName')} ${localTime(this.began)}.${ENDINGS[type] ?? 'webm'}`;
    this.note = chunks.length ? {file: new File(chunks, name, {type}), seconds: Math.max(this.seconds, 1)} : null;
    this.#release();
    if (!this.note && this.fate !== 'discard') this.#complain('voiceFailed');
    if (this.fate || !this.note) return this.#decided();
    this.lamp.hidden = true;
    this.#say('voiceEnded');
  }

  /** The bar goes, and the note where it is to go. */
  #decided() {
    const {note, fate} = this;
    this.note = null;
    const focused = this.bar.contains(this.bar.getRootNode().activeElement);
    this.bar.hidden = true;
    this.composer.microphone.disabled = false;
    if (focused) this.composer.microphone.focus(); // or it would fall back to the page
    if (note && fate === 'send') this.onRecorded([note.file], note.seconds);
  }

  /** Closes the microphone. */
  #release() {
    clearInterval(this.ticking);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.recorder = null;
  }

  /** In the bar for eyes, and for screen readers where all news is said. */
  #say(word) {
    setText(this.says, this.t(word));
    this.composer.onNews(this.t(word));
  }

  #complain(word) {
    this.problem.hidden = false;
    setText(this.problem, this.t(word));
  }
}

/** @returns {string} such as 2026-11-27 15.04.05, as the customer's clock shows it */
function localTime(at) {
  const here = at - new Date(at).getTimezoneOffset() * 60_000;
  return new Date(here).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.');
}
