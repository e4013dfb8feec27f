import {el, icon, setText} from '../common/dom.js';

const LONGEST = 120; // seconds
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
const MICROPHONE = 'M10 12.500a2.500 2.500 0 0 0 2.500-2.500V5.500a2.500 2.500 0 0 0-5 0V10a2.500 2.500 0 0 0 2.500 2.500ZM5 9.800a5 5 0 0 0 10 0M10 14.800V17.500';
const ENDINGS = {'audio/webm': 'webm', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg'};

/**
 * Voice notes: press to start, press to stop and send, or discard. While the
 * microphone is open a bar says so, with the seconds.
 */
export class Voice {
  /**
   * @param {import('./composer.js').Composer} composer beside whose input the bar appears
   * @param {(files: File[], seconds: number) => void} onRecorded
   */
  constructor(composer, onRecorded) {
    this.composer = composer;
    this.onRecorded = onRecorded;
    this.clock = el('span', {class: 'clock'});
    this.says = el('span', {role: 'status'});
    this.stopButton = el('button', {type: 'button', class: 'again', test: 'voice-stop', on: {click: () => this.stop()}});
    this.discardButton = el('button', {type: 'button', class: 'soft', test: 'voice-discard', on: {click: () => this.discard()}});
    this.bar = el('div', {class: 'recording', test: 'recording', hidden: true},
      el('span', {class: 'lamp', 'aria-hidden': 'true'}), this.says, this.clock, this.discardButton, this.stopButton);
    this.problem = el('p', {class: 'left', role: 'alert', test: 'voice-problem', hidden: true});
    composer.node.prepend(this.bar, this.problem);
  }

  get t() {
    return this.composer.t;
  }

  async start() {
    if (this.recorder || this.asking) return;
    this.asking = true;
    this.problem.hidden = true;
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({audio: true});
    } catch {
      setText(this.problem, this.t('voiceDenied'));
      this.problem.hidden = false;
      return;
    } finally {
      this.asking = false;
    }
    if (!this.bar.isConnected) return this.#release(); // the page went on meanwhile
    const chunks = [];
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(this.stream, mimeType ? {mimeType} : {});
    this.recorder.ondataavailable = ({data}) => data.size && chunks.push(data);
    this.recorder.onstop = () => this.#recorded(chunks);
    this.recorder.start();
    this.began = Date.now();
    this.wanted = true;
    setText(this.says, this.t('recording'));
    setText(this.stopButton, this.t('voiceSend'));
    setText(this.discardButton, this.t('voiceDiscard'));
    this.bar.hidden = false;
    this.composer.microphone.disabled = true;
    this.#tick();
    this.ticking = setInterval(() => this.#tick(), 250);
    this.stopButton.focus();
  }

  /** Ends the note and sends it. */
  stop() {
    if (this.recorder?.state === 'recording') this.recorder.stop();
  }

  /** Ends the note, of which nothing stays; also when the widget goes away. */
  discard() {
    this.wanted = false;
    this.stop();
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
    const seconds = Math.max(this.seconds, 1);
    const type = (this.recorder.mimeType || TYPES[0]).split(';')[0];
    this.#release();
    if (!this.wanted || !chunks.length) return;
    const at = new Date(this.began).toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.');
    this.onRecorded([new File(chunks, `${this.t('voiceName')} ${at}.${ENDINGS[type] ?? 'webm'}`, {type})], seconds);
  }

  #release() {
    clearInterval(this.ticking);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.recorder = null;
    const focused = this.bar.contains(this.bar.getRootNode().activeElement);
    this.bar.hidden = true;
    this.composer.microphone.disabled = false;
    if (focused) this.composer.microphone.focus(); // or it would fall back to the page
  }
}
