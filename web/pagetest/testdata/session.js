// Runs customers' sessions on lines of the test's own, and says what became of what was
// said while ready was being made, and of what was not sent in another conversation.
(async () => {
  const {ChatSession} = await import('/web/widget/session.js');
  const {Outbox} = await import('/web/widget/outbox.js');
  const kept = {WebSocket, fetch};
  let sent = [];
  let line;
  class Line {
    readyState = 1;
    constructor() { line = this; }
    send(text) { sent.push(JSON.parse(text)); }
    close() {}
    say(...frames) { for (const frame of frames) this.onmessage({data: JSON.stringify(frame)}); }
  }
  const until = async (ok) => { while (!ok()) await new Promise((resolve) => setTimeout(resolve)); };
  const key = (n) => `${1760000000000 + n}-z.AAAAAAAAAAAAAAAA-0`;
  const said = (n) => ({key: key(n), author: 'person', text: String(n), at: 1760000000000 + n});
  const waiting = (epoch, position) => ({status: 'waiting', epoch, position, exact: true});
  const human = (epoch) => ({status: 'human', epoch, agent: 'lin'});
  const ready = (state, more, ...messages) => ({type: 'ready', now: Date.now(), conversation: 'c', customer: {}, messages: messages.map(said), more, state});
  const session = (calls) => new ChatSession({src: '/x', calls, outbox: new Outbox('early'), kit: {media: null}, token: async () => 't', visitor: () => ''});
  const told = (s) => `${s.state.status} ${s.state.position ?? ''}`.trim();
  const asked = () => sent.filter(({type}) => type === 'history').map(({before}) => before).join();
  const report = {early: {}, moved: {}};
  const {early, moved} = report;
  try {
    globalThis.WebSocket = Line;
    const one = session('');
    one.open();
    await until(() => line);
    line.say({type: 'state', state: human(3)}, ready(waiting(2, 1), false, 1, 2));
    early['a person, and then that they wait'] = told(one);
    line.say({type: 'state', state: waiting(2, 4)});
    early['a position that comes too late'] = told(one);
    line.say({type: 'state', state: waiting(4, 2)}, {type: 'state', state: waiting(4, 3)});
    early['two positions'] = told(one);

    one.socket.leave();
    line = null;
    await until(() => line);
    line.onopen();
    line.say({type: 'message', message: said(99)});
    early['before ready'] = String(one.log.list().length);
    line.say(ready(waiting(4, 3), true, 50, 51));
    early['after a hole'] = `${one.log.list().length}, ${asked() === key(50) ? 'filled' : 'left open'}`;
    one.close();

    sent = [];
    globalThis.fetch = async () => ({ok: true, json: async () => ({frames: [ready(waiting(2, 1), false, 1)]})});
    const two = session('/calls');
    two.socket.shut = 2; // no WebSocket came through
    two.open();
    await until(() => two.connection === 'open');
    clearTimeout(two.socket.probeTimer);
    const wait = globalThis.setTimeout;
    globalThis.setTimeout = (run, ms) => wait(run, ms === 10_000 ? 0 : ms);
    two.socket.leave(); // the probe comes at once now
    two.socket.shut = 2;
    line = null;
    await until(() => line);
    globalThis.setTimeout = wait;
    line.onopen();
    line.say({type: 'message', message: said(7)}, {type: 'state', state: human(3)}, ready(waiting(2, 1), false, 1));
    early['on a WebSocket that takes over'] = `${told(two)}, ${two.log.list().length}`;
    two.close();

    sent = [];
    const connected = async (s, frame) => {
      line = null;
      s.socket.open();
      s.socket.leave();
      await until(() => line);
      line.onopen();
      line.say({...ready({status: 'bot', epoch: 1}, false), ...frame});
    };
    const submitted = () => sent.filter(({type}) => type === 'message' || type === 'again').map(({type, frame, text}) => `${type} ${text ?? frame.text}`).join();
    const ann = session('');
    await connected(ann, {conversation: 'guest', also: 'ann', messages: [said(1)]});
    ann.say('one');
    const {id} = sent.at(-1);
    line.say({type: 'error', id, error: {code: 'unauthenticated'}});
    moved['refused where it is over'] = `${ann.connection}, ${ann.unsent.length} unsent`;
    sent = [];
    await connected(ann, {conversation: 'ann', also: 'guest', messages: [said(2)], more: true});
    moved['in her own'] = `${submitted()}; ${ann.log.list().length} are there, ${ann.more ? 'and more' : 'no more'}`;
    await connected(ann, {conversation: 'ann', also: 'guest', messages: [said(2)], more: true});
    moved['before an answer came'] = submitted();
    const last = sent.at(-1);
    line.say({type: 'ack', id: last.frame.id, key: key(3), at: 1760000000003});
    moved['acknowledged'] = `${last.id === id && last.frame.id === id ? 'the same' : 'another'}, ${ann.unsent.length} unsent`;
    ann.say('two');
    sent = [];
    await connected(ann, {conversation: 'bob', messages: [said(5)]});
    moved['another customer'] = `${submitted() || 'nothing'} sent, ${ann.unsent.length} shown; ${ann.log.list().map(({text}) => text)}`;
    await connected(ann, {conversation: 'bob', also: 'elsewhere'});
    moved['who was another visitor'] = submitted() || 'nothing';
    await connected(ann, {conversation: 'ann'});
    moved['and ann again'] = submitted();
    ann.close();
  } finally {
    localStorage.clear();
    Object.assign(globalThis, kept);
  }
  return JSON.stringify(report);
})()
