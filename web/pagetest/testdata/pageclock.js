// A clock that a test can move on: pass(ms) does at once what a page would do in that time.
(() => {
  const real = {setTimeout: window.setTimeout.bind(window), clearTimeout: window.clearTimeout.bind(window), now: Date.now};
  const timers = new Map();
  let ahead = 0;
  let last = 0;
  Date.now = () => real.now.call(Date) + ahead;
  const arm = (id, timer) => {
    timer.real = real.setTimeout(() => fire(id), Math.max(0, timer.due - Date.now()));
  };
  const fire = (id) => {
    const timer = timers.get(id);
    if (!timer) return;
    real.clearTimeout(timer.real);
    timers.delete(id);
    timer.run();
  };
  window.setTimeout = (run, ms = 0, ...args) => {
    const timer = {run: () => run(...args), due: Date.now() + Number(ms)};
    timers.set(++last, timer);
    arm(last, timer);
    return last;
  };
  window.clearTimeout = (id) => {
    real.clearTimeout(timers.get(id)?.real);
    timers.delete(id);
  };
  window.pass = async (ms) => {
    const end = Date.now() + ms;
    while (Date.now() < end) {
      const [id, timer] = [...timers].sort((a, b) => a[1].due - b[1].due)[0] ?? [];
      const next = timer && timer.due < end ? timer.due : end;
      ahead += Math.max(0, next - Date.now());
      if (next < end) fire(id);
      await new Promise((resolve) => real.setTimeout(resolve, 5)); // what it began goes on
    }
    for (const [id, timer] of timers) {
      real.clearTimeout(timer.real);
      arm(id, timer);
    }
    return true;
  };
})();
