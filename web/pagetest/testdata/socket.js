// Runs LiveSocket on a line and a clock of the test's own, and says what it did.
(async () => {
  const {LiveSocket} = await import('/web/common/socket.js');
  let now = 1_000_000;
  let timers = new Map();
  let last = 0;
  const kept = {setTimeout, clearTimeout, WebSocket, now: Date.now};
  const sent = [];
  let line;
  class Line {
    static OPEN = 1;
    readyState = 1;
    constructor() { line = this; }
    send(text) { sent.push(JSON.parse(text).type); }
    close() {}
    say(frame) { this.onmessage({data: JSON.stringify({now, ...frame})}); }
  }
  // Lets time pass, timer by timer.
  const pass = (seconds) => {
    const end = now + seconds * 1000;
    for (;;) {
      const [id, timer] = [...timers].sort((a, b) => a[1].at - b[1].at)[0] ?? [];
      if (!timer || timer.at > end) break;
      timers.delete(id);
      now = timer.at;
      timer.run();
    }
    now = end;
  };
  const report = {};
  try {
    globalThis.setTimeout = (run, ms) => (timers.set(++last, {run, at: now + ms}), last);
    globalThis.clearTimeout = (id) => timers.delete(id);
    globalThis.WebSocket = Line;
    Date.now = () => now;
    for (const [name, told] of Object.entries({told: {ping_seconds: 240}, untold: {}, nonsense: {ping_seconds: 0}})) {
      timers = new Map();
      const socket = new LiveSocket({url: '/x', token: async () => 't', onFrame() {}, onStatus() {}});
      socket.open();
      await Promise.resolve().then(() => {}).then(() => {}); // the token is there
      line.onopen();
      line.say({type: 'ready', ...told});
      sent.length = 0;
      const rhythm = told.ping_seconds || 20;
      pass(rhythm - 1);
      const early = [...sent];
      pass(1);
      const due = [...sent];
      line.say({type: 'pong'});
      pass(7);
      const alive = socket.status;
      sent.length = 0;
      pass(rhythm - 7); // the second ping, which nobody answers
      const again = [...sent];
      line.say({type: 'typing'}); // is a sign of life as well
      pass(rhythm);
      const heard = [socket.status, ...sent];
      pass(8);
      report[name] = {early, due, alive, again, heard, unanswered: socket.status};
      if (name === 'told') {
        await Promise.resolve();
        pass(20); // it comes back on a new line
        await Promise.resolve().then(() => {}).then(() => {});
        line.say({type: 'ready', ...told});
        sent.length = 0;
        socket.send({type: 'typing'});
        const soon = [...sent];
        pass(30);
        sent.length = 0;
        for (let i = 0; i < 3; i++, pass(2)) socket.send({type: 'typing'});
        const later = [...sent];
        pass(2);
        report.quiet = {soon, later, unanswered: socket.status};
      }
      socket.close();
    }
  } finally {
    globalThis.setTimeout = kept.setTimeout;
    globalThis.clearTimeout = kept.clearTimeout;
    globalThis.WebSocket = kept.WebSocket;
    Date.now = kept.now;
  }
  return JSON.stringify(report);
})()
