// Runs LiveSocket where calls are all there is, and slow, and says what it was.
(async () => {
  const {LiveSocket} = await import('/web/common/socket.js');
  await import('/web/common/polled.js');
  globalThis.WebSocket = class {
    constructor() { setTimeout(() => this.onclose?.({code: 1006}), 10); }
    close() {}
  };
  const answers = {
    hello: () => ({type: 'ready', now: Date.now(), messages: [], state: {}, mark: 'm', ping_seconds: 20}),
    poll: () => ({type: 'pong', now: Date.now()}),
  };
  globalThis.fetch = (url, {body}) => new Promise((answer) => {
    const {type} = JSON.parse(body);
    setTimeout(() => answer({ok: true, json: async () => ({frames: type in answers ? [answers[type]()] : []})}), 9_000);
  });
  const statuses = [];
  const socket = new LiveSocket({url: '/x', calls: '/y', token: async () => 't', onFrame() {}, onStatus: (status) => statuses.push(status)});
  socket.open();
  for (let i = 0; i < 15; i++) {
    for (let n = 0; n < 4; n++) socket.send({type: 'typing'});
    await pass(45_000);
  }
  return statuses;
})()
