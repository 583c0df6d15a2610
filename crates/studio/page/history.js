// The frames of a descent, every one of the newest and ever fewer of the older.

const MOST = 2400;

export class History {
  constructor() { this.frames = []; }

  add(frame) {
    const last = this.frames.at(-1);
    if (last && last.epoch === frame.epoch) {
      this.frames[this.frames.length - 1] = frame;
      return;
    }
    this.frames.push(frame);
    if (this.frames.length <= MOST) return;
    // Every second one of the older half goes; what the losses were between stays in the one after.
    const half = MOST / 2;
    const kept = [this.frames[0]];
    for (let at = 1; at < half; at += 2) {
      const [gone, next] = [this.frames[at], this.frames[at + 1]];
      kept.push({ ...next, low: Math.min(gone.low, next.low), high: Math.max(gone.high, next.high) });
    }
    this.frames = [...kept, ...this.frames.slice(half + 1)];
  }
}
