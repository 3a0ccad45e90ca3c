/**
 * Runs one search at a time and always the newest: while one is under way only the latest wish is kept, and it starts as
 * soon as the other has answered. So results follow a growing stroke as fast as the server can. The finished stroke waits
 * for nothing: it ends what is under way.
 */
export class LiveSearch<TAnswer> {
  private running: AbortController | null = null;
  private waiting: (() => Promise<void>) | null = null;

  constructor(
    private readonly show: (answer: TAnswer) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  get isBusy() {
    return this.running !== null;
  }

  /** Asks for a search; replaces one that has not started and, where it is of a finished stroke, also one that has. */
  request(run: (signal: AbortSignal) => Promise<TAnswer>, isFinal: boolean) {
    if (isFinal) this.cancel();
    this.waiting = () => this.start(run);
    if (!this.running) void this.next();
  }

  /** Drops what is under way and what waits. */
  cancel() {
    this.waiting = null;
    this.running?.abort();
    this.running = null;
  }

  private async next() {
    const wish = this.waiting;
    this.waiting = null;
    await wish?.();
  }

  private async start(run: (signal: AbortSignal) => Promise<TAnswer>) {
    const controller = new AbortController();
    this.running = controller;
    try {
      const answer = await run(controller.signal);
      if (!controller.signal.aborted) this.show(answer);
    } catch (error) {
      if (!controller.signal.aborted) this.fail(error);
    }
    if (this.running === controller) {
      this.running = null;
      await this.next();
    }
  }
}
