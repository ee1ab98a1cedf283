// The connection to the panel: one socket that is always being kept, and the rules for when the picture may be called
// live.
//
// Start, reconnect, gap and a new epoch are one path: `subscribe`, then a snapshot. Commands are never kept for later
// and never sent twice: `send` says at once whether the socket could take the frame.

const FIRST_BACKOFF_MILLISECONDS = 2_000;
const LONGEST_BACKOFF_MILLISECONDS = 10_000;
const QUICK_ATTEMPTS = 4; // a panel that is restarted is away for two or three seconds
const SILENCE_MILLISECONDS = 6_000; // the server speaks every 2 s; what is older than this is not live
const GIVE_UP_MILLISECONDS = 10_000; // so long silent, or so long without a snapshot, the socket is as good as dead
const PROBE_MILLISECONDS = 2_000;
const TICK_MILLISECONDS = 1_000;
const SLEEP_MILLISECONDS = 10_000; // ticks so far apart mean that the computer slept, or that its clock was set
const ACK_MILLISECONDS = 1_000;
const LOGGED_OUT = 4401;

export class PanelSocket {
  /** "connecting" (never had a snapshot), "live", "silent" (no frame that fitted for 6 s) or "gone". */
  status = "connecting";
  /**
   * When the picture was last known to be true, in milliseconds by the clock of this computer; null before the first
   * snapshot.
   */
  trueAt = null;
  #trueTick = 0;
  #url;
  #on;
  #socket = null;
  #id = 0;
  #attempt = 0;
  #retry = 0;
  #opened = false;
  #synced = false;
  #heard = 0;
  #waitingSince = performance.now(); // for the handshake or for a snapshot; null while there is nothing to wait for
  #probe = 0;
  #tickedAt = Date.now();
  #shownSeq = null;
  #ackedSeq = null;
  #ackedAt = -Infinity;
  #ackTimer = 0;

  /**
   * `on.apply(frame)` takes a snapshot or a patch and returns false on a gap; `on.result(frame)` takes the answer to
   * a command; `on.time(now)` the server's clock; `on.version(version)` that of its scripts; `on.status(status)` hears
   * of every change; `on.lost()` that frames on their way may not have arrived; `on.loggedOut()` that the session is
   * over.
   */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
  }

  start() {
    setInterval(() => this.#onTick(), TICK_MILLISECONDS);
    document.addEventListener("visibilitychange", () => document.hidden || this.#onWake());
    addEventListener("pageshow", () => this.#onWake());
    addEventListener("online", () => this.#onWake());
    this.#connect();
  }

  /** Sends `{id, ...frame}`; returns the id, or null when there is no live socket to take it. */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return null;
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, ...frame }));
    return id;
  }

  /** The page shows the picture of `seq`. Said to the server at most once a second. */
  shown(seq) {
    this.#shownSeq = seq;
    if (seq === this.#ackedSeq || this.#ackTimer !== 0) return;
    const wait = this.#ackedAt + ACK_MILLISECONDS - performance.now();
    if (wait <= 0) this.#acknowledge();
    else this.#ackTimer = setTimeout(() => this.#acknowledge(), wait);
  }

  #acknowledge() {
    this.#ackTimer = 0;
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#shownSeq === null) return;
    this.#ackedSeq = this.#shownSeq;
    this.#ackedAt = performance.now();
    this.#socket.send(JSON.stringify({ type: "ack", seq: this.#ackedSeq }));
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#opened = false;
    this.#waitingSince = performance.now();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    // A socket that was given up may still speak; only the present one is listened to.
    socket.onopen = () => socket === this.#socket && this.#onOpen();
    socket.onmessage = (event) => socket === this.#socket && this.#onMessage(event);
    socket.onclose = (event) => socket === this.#socket && this.#onClose(event);
  }

  #onOpen() {
    this.#opened = true;
    this.#subscribe();
  }

  #subscribe() {
    if (this.send({ type: "subscribe" }) !== null) this.#waitingSince = performance.now();
  }

  #onMessage(event) {
    const frame = JSON.parse(event.data);
    this.#heard += 1;
    if (frame.type === "result") return this.#onResult(frame);
    if (frame.type === "snapshot") {
      this.#waitingSince = null;
      this.#synced = true;
      this.#attempt = 0;
      this.#ackedSeq = null;
    } else if (frame.type !== "patch" || this.#waitingSince !== null) {
      return; // while a snapshot is on its way the patches before it are of no use
    }
    if (!this.#on.apply(frame)) return this.#subscribe();
    this.trueAt = Date.now();
    this.#trueTick = performance.now();
    this.#judge();
  }

  #onResult(frame) {
    const { now, version } = frame.success ? frame.result : {};
    if (now !== undefined) this.#on.time(now);
    else if (version !== undefined) this.#on.version(version);
    else this.#on.result(frame);
  }

  #onClose(event) {
    if (event.code === LOGGED_OUT) return this.#on.loggedOut();
    this.#drop();
  }

  /**
   * Gives the present socket up and plans the next one: anywhere in the next two seconds, after some attempts in up
   * to ten (full jitter).
   */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    clearTimeout(this.#probe);
    clearTimeout(this.#ackTimer);
    this.#probe = this.#ackTimer = 0;
    this.#synced = false;
    this.#waitingSince = null;
    this.#on.lost();
    this.#judge();
    this.#attempt += 1;
    const doublings = Math.max(0, this.#attempt - QUICK_ATTEMPTS);
    const longest = Math.min(LONGEST_BACKOFF_MILLISECONDS, FIRST_BACKOFF_MILLISECONDS * 2 ** doublings);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), Math.random() * longest);
  }

  /**
   * How old the picture is, in milliseconds. One clock may stand still while the computer sleeps, the other may be
   * set back.
   */
  #age() {
    return Math.max(Date.now() - this.trueAt, performance.now() - this.#trueTick);
  }

  #judge() {
    let status = "live";
    if (this.trueAt === null) status = this.#attempt < 2 ? "connecting" : "gone";
    else if (!this.#synced) status = "gone";
    else if (this.#age() > SILENCE_MILLISECONDS) status = "silent";
    if (status === this.status) return;
    this.status = status;
    this.#on.status(status);
  }

  #onTick() {
    const now = Date.now();
    const slept = Math.abs(now - this.#tickedAt) > SLEEP_MILLISECONDS;
    this.#tickedAt = now;
    this.#judge();
    if (slept) return this.#onWake();
    if (this.#socket === null) return;
    const waitedTooLong = this.#waitingSince !== null && performance.now() - this.#waitingSince > GIVE_UP_MILLISECONDS;
    if (waitedTooLong || (this.#synced && this.#age() > GIVE_UP_MILLISECONDS)) this.#drop();
  }

  /**
   * Awake, online or visible again: `readyState` says OPEN on a dead connection, so ask, and wait no longer than two
   * seconds.
   */
  #onWake() {
    this.#judge();
    if (this.#socket === null) return this.#connect();
    if (!this.#opened) return;
    const heard = this.#heard;
    // Each time, for the answer sets our clock: the last one may be from before the computer's was put right.
    if (this.send({ type: "ping" }) === null) return this.#drop();
    if (this.#probe !== 0) return;
    this.#probe = setTimeout(() => {
      this.#probe = 0;
      if (this.#heard !== heard) return;
      this.#drop();
      this.#connect(); // at once: nobody else wakes up at the same moment
    }, PROBE_MILLISECONDS);
  }
}
