// After an upgrade the page loads itself again, once and when that disturbs nobody: the scripts of yesterday must not go
// on speaking to the server of today.

const RENEWED = "cordboard-renewed"; // for which version this tab has loaded the page again, and when
const AGAIN_MILLISECONDS = 10 * 60_000; // two servers of different versions must not send the page to and fro
const LOOK_MILLISECONDS = 1_000;
const PATIENCE_MILLISECONDS = 5_000;
const MARK = 'id="cordboard-config"'; // is in every page of ours

export class Renewal {
  #version;
  #isBusy;
  #wanted = "";
  #timer = 0;

  /** `version` is that of this page; `isBusy()` says whether the operator would be disturbed. */
  constructor(version, isBusy) {
    this.#version = version;
    this.#isBusy = isBusy;
  }

  /** The version of the server that speaks to the page now. */
  heard(version) {
    clearTimeout(this.#timer);
    this.#wanted = version;
    if (version !== this.#version && !wasTried(version)) this.#look();
  }

  #look() {
    if (this.#isBusy()) this.#timer = setTimeout(() => this.#look(), LOOK_MILLISECONDS);
    else this.#renew(this.#wanted);
  }

  async #renew(version) {
    const canBeHad = await isThere();
    if (version !== this.#wanted) return;
    if (!canBeHad || this.#isBusy()) {
      this.#timer = setTimeout(() => this.#look(), LOOK_MILLISECONDS);
      return;
    }
    sessionStorage.setItem(RENEWED, JSON.stringify({ version, at: Date.now() }));
    location.reload();
  }
}

function wasTried(version) {
  const last = JSON.parse(sessionStorage.getItem(RENEWED) ?? "{}");
  return last.version === version && Math.abs(Date.now() - last.at) < AGAIN_MILLISECONDS;
}

/** Whether the page can be had: one that fails to load does not come back. */
async function isThere() {
  try {
    const page = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
    return page.ok && (await page.text()).includes(MARK);
  } catch {
    return false;
  }
}
