// Runs SeenTeller on a clock of the test's own, and says what it told.
(async () => {
  const {SeenTeller} = await import('/web/widget/seen.js');
  const kept = {setTimeout, clearTimeout, now: Date.now};
  let now = 1_000_000;
  let timers = [];
  let hidden = false;
  let open = true;
  let told = [];
  const pass = (ms) => {
    now += ms;
    const due = timers.filter((timer) => timer.at <= now);
    timers = timers.filter((timer) => timer.at > now);
    for (const timer of due) timer.run();
  };
  const report = {};
  const step = (name, ms = 0) => {
    pass(ms);
    report[name] = told;
    told = [];
  };
  try {
    globalThis.setTimeout = (run, ms) => timers.push({run, at: now + ms});
    globalThis.clearTimeout = () => (timers = []);
    Date.now = () => now;
    Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => (hidden ? 'hidden' : 'visible')});
    const teller = new SeenTeller(({received, read}) => open && told.push(`${received}/${read}`) > 0);
    const say = (...keys) => keys.map((key) => ({key, author: 'person'}));
    teller.look([{key: '1', author: 'bot'}, {key: '2', author: 'customer'}], true);
    step('nobody wrote', 10_000);
    teller.look([...say('3'), {key: '4', author: 'bot'}], true);
    step('one', 1);
    for (const key of ['5', '6', '7']) teller.look(say('3', key), true);
    step('a burst, at once', 0);
    step('a burst, later', 3_000);
    teller.look(say('7'), true);
    step('a repeat', 10_000);
    teller.look(say('8'), false);
    step('not on the screen', 10_000);
    teller.look(say('8'), true);
    step('on the screen', 10_000);
    hidden = true;
    teller.look(say('9'), true);
    step('hidden', 10_000);
    hidden = false;
    open = false;
    teller.look(say('9'), true);
    step('no connection', 10_000);
    open = true;
    teller.again();
    teller.look(say('9'), true);
    step('connected', 10_000);
  } finally {
    globalThis.setTimeout = kept.setTimeout;
    globalThis.clearTimeout = kept.clearTimeout;
    Date.now = kept.now;
    delete document.visibilityState;
  }
  return JSON.stringify(report);
})()
