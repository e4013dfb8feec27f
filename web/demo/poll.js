const LOOK_OFTEN = 600; // while somebody may be answering
const LOOK_SELDOM = 3_000;
const STIRRED = 60_000; // for so long after the last thing that happened

/** Looks again and again: often for a while after something happened, and never while nobody sees the page. */
export class Poll {
  /** @param {(current: () => boolean) => Promise<boolean>} look says whether to go on; current, whether no later look began */
  constructor(look) {
    this.look = look;
    this.stir();
    document.addEventListener('visibilitychange', () => this.now());
  }

  /** Something happened: more may. */
  stir() {
    this.stirred = Date.now();
  }

  async now() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const turn = (this.turn = {});
    const current = () => this.turn === turn;
    if (!await this.look(current) || !current()) return;
    this.timer = setTimeout(() => this.now(), Date.now() - this.stirred < STIRRED ? LOOK_OFTEN : LOOK_SELDOM);
  }
}
